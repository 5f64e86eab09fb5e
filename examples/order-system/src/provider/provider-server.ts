import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import type { Charge } from './charge.ts';
import type { ProviderLedger } from './provider-ledger.ts';
import type { ProviderMoods } from './provider-moods.ts';

export interface ProviderServerOptions {
  readonly ledger: ProviderLedger;
  readonly moods: Pick<ProviderMoods, 'ofCharge' | 'ofLookup'>;
}

interface Answer {
  readonly status: number;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** `lost`: the connection ends without an answer; `never`: it stays open without one. */
type Outcome = Answer | 'lost' | 'never';

const MAX_BODY_BYTES = 4_096;
const chargeBody = z.object({ amount: z.int().nonnegative(), reference: z.string().min(1).max(128) });

/**
 * The interface of the payment provider: `POST /charges` with an `Idempotency-Key`, and `GET /charges/KEY` to ask what became of
 * it. What it does right is in the ledger; what it does wrong is decided by its moods.
 */
export class ProviderServer {
  readonly #options: ProviderServerOptions;
  readonly #server: Server;
  #onWithheld: (() => void) | null = null;

  constructor(options: ProviderServerOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  /** Listens on this machine only; `0`: on a free port. Returns the port. */
  async listen(port: number): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject).listen(port, '127.0.0.1', resolve);
    await promise;
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  }

  /** From now on nobody gets an answer about a charge that was made. @param onWithheld Told each time. */
  withholdAnswers(onWithheld: () => void): void {
    this.#onWithheld = onWithheld;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A caller that goes away is no matter to the provider.
    response.on('error', () => {});
    const outcome = await this.#outcome(request).catch((): Outcome => 'lost');
    if (outcome === 'never') return;
    if (outcome === 'lost') {
      request.socket.destroy();
      return;
    }
    response.writeHead(outcome.status, { 'content-type': 'application/json', ...outcome.headers });
    response.end(JSON.stringify(outcome.body));
  }

  async #outcome(request: IncomingMessage): Promise<Outcome> {
    const { method, url = '' } = request;
    const [, key] = /^\/charges\/([\w-]{1,128})$/.exec(url) ?? [];
    if (method === 'GET' && key !== undefined) return this.#lookUp(key);
    if (method === 'POST' && url === '/charges') return this.#charge(request);
    return { status: 404, body: { status: 'no_such_resource' } };
  }

  async #charge(request: IncomingMessage): Promise<Outcome> {
    const { 'idempotency-key': idempotencyKey } = request.headers;
    const body = chargeBody.safeParse(await jsonOf(request));
    if (!body.success || typeof idempotencyKey !== 'string')
      return { status: 400, body: { status: 'invalid_request' } };
    const { ledger, moods } = this.#options;
    const { kind, latencyMs } = moods.ofCharge(idempotencyKey);
    await pause(latencyMs);
    if (kind !== 'well') ledger.misbehaved(kind);
    if (kind === 'throttled') return { status: 429, body: { status: 'slow_down' }, headers: { 'retry-after': '1' } };
    if (kind === 'error-in-200') return { status: 200, body: { status: 'error', code: 'temporarily_unavailable' } };
    const charge = ledger.charge({ idempotencyKey, ...body.data });
    if (charge === null) return { status: 409, body: { status: 'refused', code: 'idempotency_key_reused' } };
    if (this.#onWithheld !== null) {
      this.#onWithheld();
      return 'never';
    }
    if (kind === 'answer-lost') return 'lost';
    if (kind === 'silence') return 'never';
    if (kind === 'charged-500') return { status: 500, body: { status: 'error', code: 'internal' } };
    return charged(charge);
  }

  async #lookUp(idempotencyKey: string): Promise<Outcome> {
    const { ledger, moods } = this.#options;
    const { kind, latencyMs } = moods.ofLookup(idempotencyKey);
    await pause(latencyMs);
    if (kind !== 'well') ledger.misbehaved(kind);
    if (kind === 'lookup-lost') return 'lost';
    if (kind === 'lookup-500') return { status: 500, body: { status: 'error', code: 'internal' } };
    const charge = ledger.find(idempotencyKey);
    return charge === null ? { status: 404, body: { status: 'no_such_charge' } } : charged(charge);
  }
}

function charged(charge: Charge): Answer {
  return { status: 200, body: { status: 'charged', ...charge } };
}

/** `null` when it is not JSON, or too long. */
async function jsonOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) return null;
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return null;
  }
}
