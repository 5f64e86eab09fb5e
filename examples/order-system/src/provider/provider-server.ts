import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { ProviderDesk, ProviderOutcome } from './provider-desk.ts';

const MAX_BODY_BYTES = 4_096;

/**
 * The interface of the payment provider: `POST /charges` and `POST /refunds` with an `Idempotency-Key`, and `GET /charges/KEY` and
 * `GET /refunds/KEY` to ask what became of it.
 */
export class ProviderServer {
  readonly #desk: ProviderDesk;
  readonly #server: Server;

  constructor(desk: ProviderDesk) {
    this.#desk = desk;
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

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A caller that goes away is no matter to the provider.
    response.on('error', () => {});
    const outcome = await this.#outcome(request).catch((): ProviderOutcome => 'lost');
    if (outcome === 'never') return;
    if (outcome === 'lost') {
      request.socket.destroy();
      return;
    }
    response.writeHead(outcome.status, { 'content-type': 'application/json', ...outcome.headers });
    response.end(JSON.stringify(outcome.body));
  }

  async #outcome(request: IncomingMessage): Promise<ProviderOutcome> {
    const { method = '', url: path = '', headers } = request;
    const { 'idempotency-key': key } = headers;
    const idempotencyKey = typeof key === 'string' ? key : undefined;
    return this.#desk.outcome({ method, path, idempotencyKey, body: method === 'POST' ? await jsonOf(request) : null });
  }
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
