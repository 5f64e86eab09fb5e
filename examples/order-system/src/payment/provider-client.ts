import { OverloadedError, PermanentError } from '@holdfast/core';
import type { Verdict } from '@holdfast/inbox-dedup/effects';
import { z } from 'zod';

/** A charge that the provider has made. */
export interface ProviderCharge {
  readonly chargeId: string;
  /** In minor units. */
  readonly amount: number;
}

/** A refund that the provider has made. */
export interface ProviderRefund {
  readonly refundId: string;
  /** In minor units. */
  readonly amount: number;
}

interface ProviderRequest {
  readonly idempotencyKey: string;
  /** In minor units. */
  readonly amount: number;
  /** Ends the waiting, not what was asked for. */
  readonly signal: AbortSignal;
}

export interface ChargeOrder extends ProviderRequest {
  readonly orderId: string;
  readonly customerId: string;
}

export interface RefundOrder extends ProviderRequest {
  readonly chargeId: string;
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
const refundedBody = z.object({
  status: z.literal('refunded'),
  refundId: z.string(),
  amount: z.int(),
  chargeId: z.string(),
});
const saidBody = z.object({ status: z.string().max(64), code: z.string().max(64).optional() });
/** Nothing was sent, as far as anybody can be sure of it. */
const NOT_CONNECTED = 'ECONNREFUSED';
const DEFAULT_RETRY_AFTER_S = 1;
/** A card that is declined (402), and requests that will never be carried out as they are. */
const REFUSALS = [400, 402, 409, 422];

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
   * @throws PermanentError declined or refused, and it always will be
   */
  async charge(order: ChargeOrder): Promise<ProviderCharge> {
    const { amount, orderId: reference, customerId: customer } = order;
    const answer = await this.#post('/charges', order, { amount, reference, customer });
    return chargeIn(answer, order) ?? failed(answer, 'a charge');
  }

  /** Asks whether a charge was made. Rejects when there is no answer. */
  async find(order: Omit<ChargeOrder, 'customerId'>): Promise<Verdict<ProviderCharge>> {
    const answer = await this.#get('/charges', order);
    return verdict(answer, chargeIn(answer, order), 'no_such_charge');
  }

  /** Gives back. Rejects as {@link charge} does. */
  async refund(order: RefundOrder): Promise<ProviderRefund> {
    const { amount, chargeId } = order;
    const answer = await this.#post('/refunds', order, { amount, chargeId });
    return refundIn(answer, order) ?? failed(answer, 'a refund');
  }

  /** Asks whether a refund was made. Rejects when there is no answer. */
  async findRefund(order: RefundOrder): Promise<Verdict<ProviderRefund>> {
    const answer = await this.#get('/refunds', order);
    return verdict(answer, refundIn(answer, order), 'no_such_refund');
  }

  #post(path: string, { idempotencyKey, signal }: ProviderRequest, body: object): Promise<ProviderAnswer> {
    return this.#ask(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
      body: JSON.stringify(body),
      signal,
    });
  }

  #get(path: string, { idempotencyKey, signal }: ProviderRequest): Promise<ProviderAnswer> {
    return this.#ask(`${path}/${encodeURIComponent(idempotencyKey)}`, { signal });
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

function refundIn(
  { status, body }: ProviderAnswer,
  { chargeId, amount }: Pick<RefundOrder, 'chargeId' | 'amount'>,
): ProviderRefund | null {
  const { data } = refundedBody.safeParse(body);
  if (status !== 200 || data === undefined || data.chargeId !== chargeId || data.amount !== amount) return null;
  return { refundId: data.refundId, amount: data.amount };
}

function failed(answer: ProviderAnswer, what: string): never {
  const { status, headers } = answer;
  if (status === 429) {
    const seconds = Number(headers.get('retry-after') ?? DEFAULT_RETRY_AFTER_S);
    throw new OverloadedError('The payment provider asks to come later.', { retryAfterMs: seconds * 1_000 });
  }
  if (REFUSALS.includes(status)) throw new PermanentError(`The payment provider refuses ${what}: ${said(answer)}.`);
  throw new Error(`The payment provider answers ${what} with ${said(answer)}.`);
}

function verdict<Result>(answer: ProviderAnswer, result: Result | null, absent: string): Verdict<Result> {
  if (result !== null) return { happened: true, result };
  // A 404 alone may come from a wrong address.
  if (answer.status === 404 && saidBody.safeParse(answer.body).data?.status === absent) return { happened: false };
  return { happened: 'unknown', reason: `the provider answers with ${said(answer)}` };
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
