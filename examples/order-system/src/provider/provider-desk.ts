import { z } from 'zod';
import type { Charge } from './charge.ts';
import type { ProviderLedger } from './provider-ledger.ts';
import type { ProviderMoods } from './provider-moods.ts';

export interface ProviderRequest {
  readonly method: string;
  /** From `/` on. */
  readonly path: string;
  readonly idempotencyKey: string | undefined;
  /** `null` when it is not JSON, or too long. */
  readonly body: unknown;
}

export interface ProviderAnswer {
  readonly status: number;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** `lost`: the connection ends without an answer; `never`: it stays open without one. */
export type ProviderOutcome = ProviderAnswer | 'lost' | 'never';

export interface ProviderDeskOptions {
  readonly ledger: Pick<ProviderLedger, 'charge' | 'find' | 'misbehaved'>;
  readonly moods: Pick<ProviderMoods, 'ofCharge' | 'ofLookup'>;
  /** How time passes here. */
  readonly pause: (ms: number) => Promise<unknown>;
}

const chargeBody = z.object({ amount: z.int().nonnegative(), reference: z.string().min(1).max(128) });

/** What the payment provider does with a request. What it does right is in the ledger; what it does wrong is decided by its moods. */
export class ProviderDesk {
  readonly #options: ProviderDeskOptions;
  #onWithheld: (() => void) | null = null;

  constructor(options: ProviderDeskOptions) {
    this.#options = options;
  }

  /** From now on nobody gets an answer about a charge that was made. @param onWithheld Told each time. */
  withholdAnswers(onWithheld: () => void): void {
    this.#onWithheld = onWithheld;
  }

  async outcome(request: ProviderRequest): Promise<ProviderOutcome> {
    const { method, path } = request;
    const [, key] = /^\/charges\/([\w-]{1,128})$/.exec(path) ?? [];
    if (method === 'GET' && key !== undefined) return this.#lookUp(key);
    if (method === 'POST' && path === '/charges') return this.#charge(request);
    return { status: 404, body: { status: 'no_such_resource' } };
  }

  async #charge({ idempotencyKey, body: given }: ProviderRequest): Promise<ProviderOutcome> {
    const body = chargeBody.safeParse(given);
    if (!body.success || idempotencyKey === undefined) return { status: 400, body: { status: 'invalid_request' } };
    const { ledger, moods, pause } = this.#options;
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

  async #lookUp(idempotencyKey: string): Promise<ProviderOutcome> {
    const { ledger, moods, pause } = this.#options;
    const { kind, latencyMs } = moods.ofLookup(idempotencyKey);
    await pause(latencyMs);
    if (kind !== 'well') ledger.misbehaved(kind);
    if (kind === 'lookup-lost') return 'lost';
    if (kind === 'lookup-500') return { status: 500, body: { status: 'error', code: 'internal' } };
    const charge = ledger.find(idempotencyKey);
    return charge === null ? { status: 404, body: { status: 'no_such_charge' } } : charged(charge);
  }
}

function charged(charge: Charge): ProviderAnswer {
  return { status: 200, body: { status: 'charged', ...charge } };
}
