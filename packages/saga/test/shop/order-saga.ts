import { active, attention, compensating, defineSaga, final } from '@holdfast/saga';
import * as events from './events.ts';
import { orderData } from './order-data.ts';
import {
  goodsOf,
  lateAnswers,
  lateAnswersOfCancelled,
  marked,
  orderOf,
  paymentOf,
  undo,
  undoing,
} from './order-transitions.ts';

const {
  orderPlaced,
  requestPayment,
  refundPayment,
  reserveStock,
  releaseStock,
  scheduleDelivery,
  cancelDelivery,
  orderCompleted,
  orderCancelled,
  orderStuck,
} = events;

const commands = {
  requestPayment,
  refundPayment,
  reserveStock,
  releaseStock,
  scheduleDelivery,
  cancelDelivery,
  orderCompleted,
  orderCancelled,
  orderStuck,
};

const {
  paymentSucceeded,
  paymentFailed,
  paymentUnclear,
  paymentRefunded,
  refundFailed,
  stockReserved,
  stockFailed,
  stockReleased,
  releaseFailed,
  deliveryScheduled,
  deliveryFailed,
  deliveryCancelled,
  cancellationFailed,
} = events;

const taken = {
  orderPlaced,
  paymentSucceeded,
  paymentFailed,
  paymentUnclear,
  paymentRefunded,
  refundFailed,
  stockReserved,
  stockFailed,
  stockReleased,
  releaseFailed,
  deliveryScheduled,
  deliveryFailed,
  deliveryCancelled,
  cancellationFailed,
};

const states = {
  paying: active(orderData),
  payment_uncertain: attention(orderData),
  reserving: active(orderData),
  delivering: active(orderData),
  cancelling_delivery: compensating(orderData),
  releasing: compensating(orderData),
  refunding: compensating(orderData),
  compensation_failed: attention(orderData),
  completed: final(orderData),
  cancelled: final(orderData),
};

export interface OrderSagaOptions {
  readonly version?: number;
  /** How long an answer is waited for. @default 30_000 */
  readonly answerMs?: number;
  /** How long until a compensation that failed is sent again. @default 5_000 */
  readonly retryMs?: number;
  /** How often a compensation is sent before a person must look. @default 3 */
  readonly attempts?: number;
  /** @default 86_400_000 */
  readonly retentionMs?: number;
}

/** Payment, then stock, then delivery; what was done is undone in reverse. A participant that does not answer is `unknown`: its late success is undone. */
export function defineOrderSaga(options: OrderSagaOptions = {}) {
  const { version = 1, answerMs = 30_000, retryMs = 5_000, attempts = 3, retentionMs = 86_400_000 } = options;
  const retry = { retryMs, attempts };
  return defineSaga({
    name: 'order',
    version,
    events: taken,
    commands,
    states,
    timers: ['answer', 'retry'],
    start: {
      orderPlaced: {
        to: 'paying',
        data: ({ data }) => ({
          ...data,
          payment: 'asked',
          stock: 'none',
          delivery: 'none',
          attempts: 0,
          failure: null,
        }),
        send: { requestPayment: paymentOf },
      },
    },
    on: {
      paying: {
        events: {
          paymentSucceeded: {
            to: 'reserving',
            data: (data) => ({ ...data, payment: 'done', stock: 'asked' }),
            send: { reserveStock: goodsOf },
          },
          paymentFailed: undo(marked('payment', 'failed')),
          paymentUnclear: { to: 'payment_uncertain' },
        },
        timers: { answer: { afterMs: answerMs, take: undo(marked('payment', 'unknown')) } },
        operator: { cancel: undo(marked('payment', 'unknown')) },
      },
      payment_uncertain: {
        events: {
          paymentSucceeded: {
            to: 'reserving',
            data: (data) => ({ ...data, payment: 'done', stock: 'asked' }),
            send: { reserveStock: goodsOf },
          },
          paymentFailed: undo(marked('payment', 'failed')),
        },
        operator: {
          retry: { to: 'paying', send: { requestPayment: paymentOf } },
          cancel: undo(marked('payment', 'unknown')),
        },
      },
      reserving: {
        events: {
          stockReserved: {
            to: 'delivering',
            data: (data) => ({ ...data, stock: 'done', delivery: 'asked' }),
            send: { scheduleDelivery: goodsOf },
          },
          stockFailed: undo(marked('stock', 'failed')),
        },
        timers: { answer: { afterMs: answerMs, take: undo(marked('stock', 'unknown')) } },
        operator: { cancel: undo(marked('stock', 'unknown')) },
      },
      delivering: {
        events: {
          deliveryScheduled: {
            to: 'completed',
            data: (data) => ({ ...data, delivery: 'done' }),
            send: { orderCompleted: orderOf },
          },
          deliveryFailed: undo(marked('delivery', 'failed')),
        },
        timers: { answer: { afterMs: answerMs, take: undo(marked('delivery', 'unknown')) } },
        operator: { cancel: undo(marked('delivery', 'unknown')) },
      },
      cancelling_delivery: undoing('delivery', { ...retry, answerMs }),
      releasing: undoing('stock', { ...retry, answerMs }),
      refunding: undoing('payment', { ...retry, answerMs }),
      compensation_failed: {
        events: {
          ...lateAnswers,
          paymentRefunded: undo(marked('payment', 'undone'), ({ payment }) => payment === 'done'),
          stockReleased: undo(marked('stock', 'undone'), ({ stock }) => stock === 'done'),
          deliveryCancelled: undo(marked('delivery', 'undone'), ({ delivery }) => delivery === 'done'),
        },
        operator: { resume: undo((data) => data) },
      },
      cancelled: { events: lateAnswersOfCancelled },
    },
    unexpected: 'ignore',
    unmatched: 'park',
    retentionMs,
    redact: ['customer'],
  });
}

/** With answers within 30 s. */
export const orderSaga = defineOrderSaga();
