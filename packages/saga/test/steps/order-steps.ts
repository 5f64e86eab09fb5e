import { defineEvent } from '@holdfast/core';
import { z } from 'zod';
import { sagaSteps } from '../../src/steps/saga-steps.ts';

const ofOrder = z.object({ orderId: z.string() });
const failed = z.object({ orderId: z.string(), reason: z.string() });
const key = ({ orderId }: { readonly orderId: string }) => orderId;

function simple<const Type extends string>(type: Type) {
  return defineEvent(type, { versions: { 1: ofOrder }, key });
}
function failure<const Type extends string>(type: Type) {
  return defineEvent(type, { versions: { 1: failed }, key });
}

export const events = {
  orderPlaced: defineEvent('order.placed', {
    versions: { 1: z.object({ orderId: z.string(), cents: z.int(), email: z.string() }) },
    key,
  }),
  paymentSucceeded: defineEvent('payment.succeeded', {
    versions: { 1: z.object({ orderId: z.string(), paymentId: z.string() }) },
    key,
  }),
  paymentFailed: failure('payment.failed'),
  paymentUnclear: simple('payment.unclear'),
  refunded: simple('payment.refunded'),
  refundFailed: simple('payment.refund-failed'),
  stockReserved: defineEvent('stock.reserved', {
    versions: { 1: z.object({ orderId: z.string(), reservationId: z.string() }) },
    key,
  }),
  stockFailed: failure('stock.failed'),
  stockReleased: simple('stock.released'),
  deliveryBooked: simple('delivery.booked'),
  deliveryFailed: failure('delivery.failed'),
  deliveryCancelled: simple('delivery.cancelled'),
};

export const commands = {
  requestPayment: defineEvent('payment.request', {
    versions: { 1: z.object({ orderId: z.string(), cents: z.int() }) },
    key,
  }),
  refund: defineEvent('payment.refund', {
    versions: { 1: z.object({ orderId: z.string(), paymentId: z.string() }) },
    key,
  }),
  reserveStock: simple('stock.reserve'),
  releaseStock: defineEvent('stock.release', {
    versions: { 1: z.object({ orderId: z.string(), reservationId: z.string() }) },
    key,
  }),
  bookDelivery: simple('delivery.book'),
  cancelDelivery: simple('delivery.cancel'),
  orderCompleted: simple('order.completed'),
  orderCancelled: defineEvent('order.cancelled', {
    versions: { 1: z.object({ orderId: z.string(), reason: z.string() }) },
    key,
  }),
};

export const begun = sagaSteps({
  name: 'order',
  events,
  commands,
  start: {
    event: 'orderPlaced',
    input: ({ data: { orderId, cents } }) => ({ orderId, cents }),
    schema: z.object({ orderId: z.string(), cents: z.int() }),
  },
  unmatched: 'fail',
  retentionMs: 86_400_000,
});

export const paid = begun.step('payment', {
  command: { name: 'requestPayment', data: ({ input }) => ({ orderId: input.orderId, cents: input.cents }) },
  success: { event: 'paymentSucceeded', keep: ({ data }) => ({ paymentId: data.paymentId }) },
  failure: 'paymentFailed',
  reason: ({ data }) => data.reason,
  unclear: 'paymentUnclear',
  retry: { attempts: 3, delayMs: 1_000, when: ({ data }) => data.reason === 'busy' },
  timeout: { afterMs: 30_000, resend: 1, unanswered: 'uncertain' },
  compensation: {
    command: {
      name: 'refund',
      data: ({ input, done }) => ({ orderId: input.orderId, paymentId: done.payment.paymentId }),
    },
    success: 'refunded',
    failure: 'refundFailed',
    attempts: 3,
    delayMs: 2_000,
    timeoutMs: 10_000,
  },
});

/** Payment, stock, delivery: one after the other. */
export const orderSteps = paid
  .step('stock', {
    command: { name: 'reserveStock', data: ({ input }) => ({ orderId: input.orderId }) },
    success: 'stockReserved',
    failure: 'stockFailed',
    reason: ({ data }) => data.reason,
    timeout: { afterMs: 20_000, unanswered: 'compensate' },
    compensation: {
      command: {
        name: 'releaseStock',
        data: ({ done }) => ({ orderId: done.stock.orderId, reservationId: done.stock.reservationId }),
      },
      success: 'stockReleased',
    },
  })
  .step('delivery', {
    command: { name: 'bookDelivery', data: ({ input }) => ({ orderId: input.orderId }) },
    success: 'deliveryBooked',
    failure: 'deliveryFailed',
    timeout: { afterMs: 60_000, unanswered: 'compensate' },
    compensation: {
      command: { name: 'cancelDelivery', data: ({ input }) => ({ orderId: input.orderId }) },
      success: 'deliveryCancelled',
    },
  })
  .build({
    completed: { send: { orderCompleted: ({ input }) => ({ orderId: input.orderId }) } },
    compensated: {
      send: {
        orderCancelled: ({ input, failure: why }) => ({
          orderId: input.orderId,
          reason: why?.reason ?? why?.cause ?? '',
        }),
      },
    },
  });
