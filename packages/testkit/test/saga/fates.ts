import type { OutgoingMessage } from '@holdfast/core';
import * as shop from '../../../saga/test/shop/events.ts';

/** What becomes of an order; its id begins with it. */
export const FATES = [
  'good',
  'declined',
  'unclear',
  'no-stock',
  'undeliverable',
  'slow-payment',
  'slow-stock',
  'slow-delivery',
  'stubborn-refund',
  'slow-refund',
] as const;

export type Fate = (typeof FATES)[number];

export type Step = 'payment' | 'stock' | 'delivery';

/** What payment, stock and delivery have done for orders. */
export interface Ledger {
  /** Does it once, however often it is asked for. */
  do(orderId: string, step: Step): 'new' | 'again';
  /** Undoes it once. */
  undo(orderId: string, step: Step): void;
  /** Whether it refuses to undo the payment this time, as it does some times. */
  refuses(orderId: string): boolean;
}

/** Longer than an order waits. */
const SLOW_MS = 2_500;

export function fateOf(orderId: string): Fate {
  return FATES.find((one) => orderId.startsWith(one)) ?? 'good';
}

/** Does what a command asks for, as services do it, and answers. */
export function answersOf(ledger: Ledger, type: string, orderId: string): readonly OutgoingMessage[] {
  const fate = fateOf(orderId);
  const late = (slow: Fate) => (fate === slow ? { delayMs: SLOW_MS } : {});
  const refusal = { orderId, reason: 'no' };
  switch (type) {
    case shop.requestPayment.type:
      if (fate === 'declined') return [shop.paymentFailed(refusal)];
      // It finds out later.
      if (ledger.do(orderId, 'payment') === 'new' && fate === 'unclear')
        return [shop.paymentUnclear({ orderId }), shop.paymentSucceeded({ orderId }, { delayMs: SLOW_MS })];
      return [shop.paymentSucceeded({ orderId }, late('slow-payment'))];
    case shop.reserveStock.type:
      if (fate === 'no-stock' || fate.endsWith('-refund')) return [shop.stockFailed(refusal)];
      ledger.do(orderId, 'stock');
      return [shop.stockReserved({ orderId }, late('slow-stock'))];
    case shop.scheduleDelivery.type:
      if (fate === 'undeliverable') return [shop.deliveryFailed(refusal)];
      ledger.do(orderId, 'delivery');
      return [shop.deliveryScheduled({ orderId }, late('slow-delivery'))];
    case shop.refundPayment.type:
      if (fate === 'stubborn-refund' && ledger.refuses(orderId)) return [shop.refundFailed(refusal)];
      ledger.undo(orderId, 'payment');
      return [shop.paymentRefunded({ orderId }, late('slow-refund'))];
    case shop.releaseStock.type:
      ledger.undo(orderId, 'stock');
      return [shop.stockReleased({ orderId })];
    case shop.cancelDelivery.type:
      ledger.undo(orderId, 'delivery');
      return [shop.deliveryCancelled({ orderId })];
    default:
      return [];
  }
}
