import { z } from 'zod';
import { isDeclined, isUnrefundable } from './awkward-customers.ts';
import type { Charge } from './charge.ts';
import type { ProviderLedger } from './provider-ledger.ts';
import type { ChargeMood, ProviderMoods } from './provider-moods.ts';
import type { Refund } from './refund.ts';

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
  readonly ledger: Pick<ProviderLedger, 'charge' | 'find' | 'customerOf' | 'refund' | 'findRefund' | 'misbehaved'>;
  readonly moods: Pick<ProviderMoods, 'ofCharge' | 'ofRefund' | 'ofLookup'>;
  /** How time passes here. */
  readonly pause: (ms: number) => Promise<unknown>;
}

const chargeBody = z.object({
  amount: z.int().nonnegative(),
  reference: z.string().min(1).max(128),
  customer: z.string().max(128),
});
const refundBody = z.object({ amount: z.int().nonnegative(), chargeId: z.string().min(1).max(128) });

const INVALID: ProviderAnswer = { status: 400, body: { status: 'invalid_request' } };

/** What the payment provider does with a request. What it does right is in the ledger; what it does wrong is decided by its moods. */
export class ProviderDesk {
  readonly #options: ProviderDeskOptions;
  #onWithheld: (() => void) | null = null;
  #refusesRefunds = true;

  constructor(options: ProviderDeskOptions) {
    this.#options = options;
  }

  /** From now on nobody gets an answer about what was done. @param onWithheld Told each time that it was a charge. */
  withholdAnswers(onWithheld: () => void): void {
    this.#onWithheld = onWithheld;
  }

  /** From now on those get their money back, too, whom it has refused that. */
  acceptRefunds(): void {
    this.#refusesRefunds = false;
  }

  async outcome(request: ProviderRequest): Promise<ProviderOutcome> {
    const { method, path } = request;
    const [, what, key] = /^\/(charges|refunds)\/([\w-]{1,128})$/.exec(path) ?? [];
    if (method === 'GET' && key !== undefined) return this.#lookUp(key, what === 'refunds');
    if (method === 'POST' && path === '/charges') return this.#charge(request);
    if (method === 'POST' && path === '/refunds') return this.#refund(request);
    return { status: 404, body: { status: 'no_such_resource' } };
  }

  async #charge({ idempotencyKey, body: given }: ProviderRequest): Promise<ProviderOutcome> {
    const body = chargeBody.safeParse(given);
    if (!body.success || idempotencyKey === undefined) return INVALID;
    const { ledger, moods } = this.#options;
    const { kind, latencyMs } = moods.ofCharge(idempotencyKey);
    const unwilling = await this.#considered(kind, latencyMs);
    if (unwilling !== null) return unwilling;
    if (isDeclined(body.data.customer)) return { status: 402, body: { status: 'declined', code: 'card_declined' } };
    const charge = ledger.charge({ idempotencyKey, ...body.data });
    if (charge === null) return refused(409, 'idempotency_key_reused');
    this.#onWithheld?.();
    return this.#told(kind, charged(charge));
  }

  async #refund({ idempotencyKey, body: given }: ProviderRequest): Promise<ProviderOutcome> {
    const body = refundBody.safeParse(given);
    if (!body.success || idempotencyKey === undefined) return INVALID;
    const { ledger, moods } = this.#options;
    const { kind, latencyMs } = moods.ofRefund(idempotencyKey);
    const unwilling = await this.#considered(kind, latencyMs);
    if (unwilling !== null) return unwilling;
    if (this.#refusesRefunds && isUnrefundable(ledger.customerOf(body.data.chargeId) ?? '')) {
      return refused(422, 'refund_refused');
    }
    const refund = ledger.refund({ idempotencyKey, ...body.data });
    return typeof refund === 'string' ? refused(422, refund) : this.#told(kind, refunded(refund));
  }

  /** The answer when it does nothing. */
  async #considered(kind: ChargeMood, latencyMs: number): Promise<ProviderAnswer | null> {
    const { ledger, pause } = this.#options;
    await pause(latencyMs);
    if (kind !== 'well') ledger.misbehaved(kind);
    if (kind === 'throttled') return { status: 429, body: { status: 'slow_down' }, headers: { 'retry-after': '1' } };
    return kind === 'error-in-200' ? { status: 200, body: { status: 'error', code: 'temporarily_unavailable' } } : null;
  }

  /** What becomes of the answer to something that was done. */
  #told(kind: ChargeMood, answer: ProviderAnswer): ProviderOutcome {
    if (this.#onWithheld !== null || kind === 'silence') return 'never';
    if (kind === 'answer-lost') return 'lost';
    return kind === 'charged-500' ? { status: 500, body: { status: 'error', code: 'internal' } } : answer;
  }

  async #lookUp(idempotencyKey: string, isRefund: boolean): Promise<ProviderOutcome> {
    const { ledger, moods, pause } = this.#options;
    const { kind, latencyMs } = moods.ofLookup(idempotencyKey);
    await pause(latencyMs);
    if (kind !== 'well') ledger.misbehaved(kind);
    if (kind === 'lookup-lost') return 'lost';
    if (kind === 'lookup-500') return { status: 500, body: { status: 'error', code: 'internal' } };
    if (isRefund) {
      const refund = ledger.findRefund(idempotencyKey);
      return refund === null ? { status: 404, body: { status: 'no_such_refund' } } : refunded(refund);
    }
    const charge = ledger.find(idempotencyKey);
    return charge === null ? { status: 404, body: { status: 'no_such_charge' } } : charged(charge);
  }
}

function charged(charge: Charge): ProviderAnswer {
  return { status: 200, body: { status: 'charged', ...charge } };
}

function refunded(refund: Refund): ProviderAnswer {
  return { status: 200, body: { status: 'refunded', ...refund } };
}

function refused(status: number, code: string): ProviderAnswer {
  return { status, body: { status: 'refused', code } };
}
