import { randomUUID } from 'node:crypto';
import { ChargeUnderWayError } from './charge-under-way-error.ts';
import { newPayment, type Payment } from './payment.ts';
import type { PaymentBook } from './payment-book.ts';
import type { PaymentDecision } from './payment-decision.ts';
import type { ChargeOfOrder, ProviderEffects } from './provider-effects.ts';

/**
 * Decides what is done about a request, and has the provider do its part, before any transaction. Each order is charged at most once, and what
 * it was charged is given back at most once, whatever comes how often and in which order. It may be asked again about the same request.
 */
export class PaymentDesk {
  readonly #book: PaymentBook;
  readonly #effects: ProviderEffects;

  constructor(book: PaymentBook, effects: ProviderEffects) {
    this.#book = book;
    this.#effects = effects;
  }

  async charge(order: ChargeOfOrder, signal: AbortSignal): Promise<PaymentDecision> {
    const known = await this.#book.find(order.orderId);
    if (known === null)
      return changed('charge', await this.#charged(newPayment(order.orderId, randomUUID()), order, signal));
    if (known.state !== 'closed' || !(await this.#effects.mayBeCharged(order.orderId))) return same('charge', known);
    // It was called off while the charge was on its way: what was charged goes back.
    const charged = await this.#charged(known, order, signal);
    return charged.state === 'paid'
      ? { ...(await this.#refunded(charged, signal)), kind: 'charge' }
      : changed('charge', charged);
  }

  /** @throws ChargeUnderWayError */
  async refund(orderId: string, signal: AbortSignal): Promise<PaymentDecision> {
    const known = await this.#book.find(orderId);
    if (known?.state === 'paid') return this.#refunded(known, signal);
    if (known === null && (await this.#effects.mayBeCharged(orderId))) throw new ChargeUnderWayError(orderId);
    const payment = known ?? newPayment(orderId, randomUUID());
    return payment.refundId === null
      ? changed('refund', { ...payment, refundId: randomUUID() })
      : same('refund', payment);
  }

  async #charged(payment: Payment, order: ChargeOfOrder, signal: AbortSignal): Promise<Payment> {
    const outcome = await this.#effects.charge(order, signal);
    const { amount } = order;
    return 'refused' in outcome
      ? { ...payment, state: 'failed', amount, failureReason: outcome.refused }
      : { ...payment, state: 'paid', amount, chargeId: outcome.chargeId };
  }

  async #refunded(payment: Payment, signal: AbortSignal): Promise<PaymentDecision> {
    const { orderId, chargeId, amount, refusedRefunds } = payment;
    const refund = { orderId, chargeId: chargeId ?? '', amount, refusals: refusedRefunds };
    const outcome = await this.#effects.refund(refund, signal);
    if ('refused' in outcome) {
      return { ...changed('refund', { ...payment, refusedRefunds: refusedRefunds + 1 }), refusal: outcome.refused };
    }
    const { refundId: providerRefundId, amount: refundedAmount } = outcome;
    const refundId = payment.refundId ?? randomUUID();
    return changed('refund', { ...payment, state: 'refunded', refundId, providerRefundId, refundedAmount });
  }
}

function changed(kind: PaymentDecision['kind'], payment: Payment): PaymentDecision {
  return { kind, payment, isChanged: true, refusal: null };
}

function same(kind: PaymentDecision['kind'], payment: Payment): PaymentDecision {
  return { kind, payment, isChanged: false, refusal: null };
}
