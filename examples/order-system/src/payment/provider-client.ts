import { OverloadedError, PermanentError } from '@holdfast/core';
import type { Verdict } from '@holdfast/inbox-dedup/effects';
import { z } from 'zod';

/** A charge that the provider has made. */
export interface ProviderCharge {
  readonly chargeId: string;
  /** In minor units. */
  readonly amount: number;
}

export interface ChargeOrder {
  readonly idempotencyKey: string;
  readonly orderId: string;
  /** In minor units. */
  readonly amount: number;
  /** Ends the waiting, not the charge. */
  readonly signal: AbortSignal;
}

interface ProviderAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

const chargedBody = z.object({
  status: z.literal('charged'),
  chargeId: z.string(),
  amount: z.int(),
  reference: z.string(),
});
const saidBody = z.object({ status: z.string().max(64), code: z.string().max(64).optional() });
/** Nothing was sent, as far as anybody can be sure of it. */
const NOT_CONNECTED = 'ECONNREFUSED';
const DEFAULT_RETRY_AFTER_S = 1;

/** Speaks with the payment provider, and judges its answers: by what they say, and not by their status alone (F6.4). */
export class ProviderClient {
  readonly #url: string;
  readonly #fetch: typeof fetch;

  /** @param request What sends the requests. @default fetch */
  constructor(url: string, request: typeof fetch = fetch) {
    this.#url = url;
    this.#fetch = request;
  }

  /**
   * Charges. Whatever it rejects with that is not one of these two, nobody knows whether the charge was made.
   * @throws OverloadedError certainly not charged: there is no connection, or the provider asks to come later (429)
   * @throws PermanentError refused, and it always will be
   */
  async charge({ idempotencyKey, orderId, amount, signal }: ChargeOrder): Promise<ProviderCharge> {
    const answer = await this.#ask('/charges', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
      body: JSON.stringify({ amount, reference: orderId }),
      signal,
    });
    const charge = chargeIn(answer, { orderId, amount });
    if (charge !== null) return charge;
    if (answer.status === 429) {
      const seconds = Number(answer.headers.get('retry-after') ?? DEFAULT_RETRY_AFTER_S);
      throw new OverloadedError('The payment provider asks to come later.', { retryAfterMs: seconds * 1_000 });
    }
    if ([400, 409, 422].includes(answer.status))
      throw new PermanentError(`The payment provider refuses: ${said(answer)}.`);
    throw new Error(`The payment provider answers a charge with ${said(answer)}.`);
  }

  /** Asks whether a charge was made. Rejects when there is no answer. */
  async find({ idempotencyKey, orderId, amount, signal }: ChargeOrder): Promise<Verdict<ProviderCharge>> {
    const answer = await this.#ask(`/charges/${encodeURIComponent(idempotencyKey)}`, { signal });
    const charge = chargeIn(answer, { orderId, amount });
    if (charge !== null) return { happened: true, result: charge };
    // A 404 alone may come from a wrong address.
    if (answer.status === 404 && saidBody.safeParse(answer.body).data?.status === 'no_such_charge') {
      return { happened: false };
    }
    return { happened: 'unknown', reason: `the provider answers with ${said(answer)}` };
  }

  async #ask(path: string, init: RequestInit): Promise<ProviderAnswer> {
    try {
      const response = await this.#fetch(`${this.#url}${path}`, init);
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: parsed(text) };
    } catch (error) {
      if (isNotConnected(error)) {
        throw new OverloadedError('The payment provider takes no connections.', { cause: error, retryAfterMs: 100 });
      }
      throw error;
    }
  }
}

/** A charge that is not the one that was asked for is no answer to it. */
function chargeIn(
  { status, body }: ProviderAnswer,
  { orderId, amount }: Pick<ChargeOrder, 'orderId' | 'amount'>,
): ProviderCharge | null {
  const { data } = chargedBody.safeParse(body);
  if (status !== 200 || data === undefined || data.reference !== orderId || data.amount !== amount) return null;
  return { chargeId: data.chargeId, amount: data.amount };
}

function said({ status, body }: ProviderAnswer): string {
  const { data } = saidBody.safeParse(body);
  return data === undefined ? `status ${status}` : `status ${status} and "${data.code ?? data.status}"`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isNotConnected(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : null;
  return cause instanceof Error && 'code' in cause && cause.code === NOT_CONNECTED;
}
