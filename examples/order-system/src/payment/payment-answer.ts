import type { OutgoingMessage } from '@holdfast/core';
import { paymentFailed } from '../contracts/payment-failed.ts';
import { paymentRefundFailed } from '../contracts/payment-refund-failed.ts';
import { paymentRefunded } from '../contracts/payment-refunded.ts';
import { paymentSucceeded } from '../contracts/payment-succeeded.ts';
import type { Payment } from './payment.ts';
import type { PaymentDecision } from './payment-decision.ts';

/** Why an order that was not declined is not charged. */
const REASONS: Readonly<Record<string, string>> = {
  closed: 'the order was called off before it was charged',
  refunded: 'the order was refunded',
};

/** What the order service hears, for the first time or again. */
export function paymentAnswer({ kind, payment, refusal }: PaymentDecision): OutgoingMessage {
  return kind === 'charge' ? chargeAnswer(payment) : refundAnswer(payment, refusal);
}

function chargeAnswer({ paymentId, orderId, state, amount, failureReason }: Payment): OutgoingMessage {
  const now = new Date().toISOString();
  if (state === 'paid') return paymentSucceeded({ paymentId, orderId, amount, processedAt: now });
  const reason = failureReason ?? REASONS[state] ?? state;
  return paymentFailed({ paymentId, orderId, amount, failureReason: reason, failedAt: now });
}

function refundAnswer(payment: Payment, refusal: string | null): OutgoingMessage {
  const { paymentId, orderId, amount, refundId, providerRefundId, refundedAmount } = payment;
  const now = new Date().toISOString();
  if (refusal !== null)
    return paymentRefundFailed({ paymentId, orderId, amount, failureReason: refusal, failedAt: now });
  return paymentRefunded({
    refundId: refundId ?? '',
    paymentId: providerRefundId === null ? null : paymentId,
    orderId,
    amount: refundedAmount,
    refundedAt: now,
  });
}
