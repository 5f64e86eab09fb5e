import { active, attention, defineSaga, final } from '@holdfast/saga';
import { type Order, orderCommands, orderEvents } from './order-flow.ts';

interface Paid extends Order {
  readonly paymentId: string;
}

interface Reserved extends Paid {
  readonly reservationId: string;
}

interface Booked extends Reserved {
  readonly deliveryId: string;
}

const { requestPayment, reserveStock, bookDelivery, complete } = orderCommands;

const common = {
  events: orderEvents,
  commands: { requestPayment, reserveStock, bookDelivery, complete },
  unexpected: 'fail',
  unmatched: 'fail',
  retentionMs: 86_400_000,
} as const;

const states = {
  paying: active<Order>(),
  reserving: active<Paid>(),
  booking: active<Reserved>(),
  completed: final<Booked>(),
};

const start = {
  placed: {
    to: 'paying',
    data: ({ data }: { readonly data: Order }): Order => ({
      orderId: data.orderId,
      customerId: data.customerId,
      totalCents: data.totalCents,
      items: data.items,
      delivery: data.delivery,
    }),
    send: { requestPayment: ({ orderId, customerId, totalCents }: Order) => ({ orderId, customerId, totalCents }) },
  },
} as const;

const paid = {
  to: 'reserving',
  data: (data: Order, { data: { reference } }: { readonly data: { readonly reference: string } }): Paid => ({
    ...data,
    paymentId: reference,
  }),
  send: { reserveStock: ({ orderId, items }: Paid) => ({ orderId, items }) },
} as const;

const reserved = {
  to: 'booking',
  data: (data: Paid, { data: { reference } }: { readonly data: { readonly reference: string } }): Reserved => ({
    ...data,
    reservationId: reference,
  }),
  send: { bookDelivery: ({ orderId, delivery }: Reserved) => ({ orderId, delivery }) },
} as const;

const booked = {
  to: 'completed',
  data: (data: Reserved, { data: { reference } }: { readonly data: { readonly reference: string } }): Booked => ({
    ...data,
    deliveryId: reference,
  }),
  send: { complete: ({ orderId, deliveryId }: Booked) => ({ orderId, deliveryId }) },
} as const;

/** Three steps one after another; each transition sends one message. */
export const orderSaga = defineSaga({
  ...common,
  name: 'order',
  states,
  start,
  on: {
    paying: { events: { paid } },
    reserving: { events: { reserved } },
    booking: { events: { booked } },
  },
});

const inTime = { afterMs: 3_600_000, take: { to: 'late' } } as const;

/** The same with a timeout in each state: each transition sets, resets or cancels a timer. */
export const timedOrderSaga = defineSaga({
  ...common,
  name: 'timed-order',
  states: { ...states, late: attention<Order>() },
  timers: ['answer'],
  start,
  on: {
    paying: { events: { paid }, timers: { answer: inTime } },
    reserving: { events: { reserved }, timers: { answer: inTime } },
    booking: { events: { booked }, timers: { answer: inTime } },
  },
});
