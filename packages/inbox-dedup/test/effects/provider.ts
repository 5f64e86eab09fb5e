import { OverloadedError, PermanentError } from '@holdfast/core';
import type { CallContext, Verdict, VerifyContext } from '@holdfast/inbox-dedup/effects';

export interface Charge {
  readonly id: string;
  readonly cents: number;
}

/**
 * How the provider treats a call:
 * - `answers`; `loses-answer`: charges, then the connection is reset; `loses-request`: the connection is reset before
 * - `500-but-charged`, `200-with-error`: the status says the opposite of what happened
 * - `throttles`: 429; `declines`: 402
 */
export type Manner =
  | 'answers'
  | 'loses-answer'
  | 'loses-request'
  | '500-but-charged'
  | '200-with-error'
  | 'throttles'
  | 'declines';

interface Answer {
  readonly status: number;
  readonly body: { readonly charge?: Charge; readonly error?: string };
}

/** A payment provider without idempotency: what is called twice is charged twice. */
export class Provider {
  readonly ledger: { readonly idempotencyKey: string; readonly charge: Charge }[] = [];
  readonly calls: CallContext[] = [];
  manner: Manner = 'answers';
  verifications = 0;

  /** As a service calls it: it judges the body, not the status alone. */
  charge(cents: number): (context: CallContext) => Promise<Charge> {
    return async (context) => {
      const { status, body } = this.#request(context, cents);
      if (body.charge !== undefined) return body.charge;
      if (status === 429) throw new OverloadedError('throttled', { retryAfterMs: 7_000 });
      if (status === 402 || body.error === 'card_declined') throw new PermanentError(`declined: ${body.error}`);
      throw new Error(`status ${status}: ${body.error}`);
    };
  }

  readonly verify = async ({ idempotencyKey }: VerifyContext): Promise<Verdict<Charge>> => {
    this.verifications += 1;
    const found = this.ledger.find((entry) => entry.idempotencyKey === idempotencyKey);
    return found === undefined ? { happened: false } : { happened: true, result: found.charge };
  };

  #request(context: CallContext, cents: number): Answer {
    this.calls.push(context);
    const charge = () => {
      const made = { id: `ch_${this.ledger.length + 1}`, cents };
      this.ledger.push({ idempotencyKey: context.idempotencyKey, charge: made });
      return made;
    };
    switch (this.manner) {
      case 'answers':
        return { status: 200, body: { charge: charge() } };
      case 'loses-answer':
        charge();
        throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
      case 'loses-request':
        throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
      case '500-but-charged':
        charge();
        return { status: 500, body: { error: 'internal' } };
      case '200-with-error':
        return { status: 200, body: { error: 'card_declined' } };
      case 'throttles':
        return { status: 429, body: { error: 'slow down' } };
      case 'declines':
        return { status: 402, body: { error: 'card_declined' } };
    }
  }
}
