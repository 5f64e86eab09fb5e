import type { OutgoingMessage } from '@holdfast/core';
import type { Participant, Participants, Property } from '../../src/checks/index.ts';
import type { SagaDefinition } from '../../src/index.ts';
import * as events from '../shop/events.ts';
import type { orderSaga } from '../shop/order-saga.ts';

export type OrderNames = typeof orderSaga extends SagaDefinition<infer Names> ? Names : never;

/** What the shop's participants have done for the one order. */
export const nothingDone = {
  charges: 0,
  refunds: 0,

  reserved: 0,
  released: 0,
  scheduled: 0,
  cancelled: 0,
};

export type ShopWorld = typeof nothingDone;

const orderId = 'o1';
const refusal = { orderId, reason: 'no' };
export const placed = events.orderPlaced({ orderId, customer: 'ada', amount: 500, sku: 'tea', quantity: 2 });

/** A participant behind an inbox, that does or refuses. `answer: null`: it never answers. */
export function does(
  what: (world: ShopWorld) => ShopWorld,
  answer: OutgoingMessage | null,
  refused: OutgoingMessage | null = null,
): Participant<ShopWorld, unknown> {
  return (world, _, { redelivered }) => {
    if (redelivered) return [];
    const done = { label: 'does it', world: what(world), answers: answer === null ? [] : [answer] };
    return refused === null ? [done] : [done, { label: 'refuses', answers: [refused] }];
  };
}

export const charge = (world: ShopWorld) => ({ ...world, charges: world.charges + 1 });
/** A second time, too: it trusts whoever asks. */
export const refundBlindly = (world: ShopWorld) => ({ ...world, refunds: world.refunds + 1 });
/** What was given back is not given back again. */
export const refund = (world: ShopWorld) => ({ ...world, refunds: world.charges });
export const reserve = (world: ShopWorld) => ({ ...world, reserved: world.reserved + 1 });
export const release = (world: ShopWorld) => ({ ...world, released: world.reserved });
export const schedule = (world: ShopWorld) => ({ ...world, scheduled: world.scheduled + 1 });
export const unschedule = (world: ShopWorld) => ({ ...world, cancelled: world.scheduled });

/** Each forward step may be refused; compensations succeed. */
export const shop = {
  requestPayment: does(charge, events.paymentSucceeded({ orderId }), events.paymentFailed(refusal)),
  refundPayment: does(refund, events.paymentRefunded({ orderId })),
  reserveStock: does(reserve, events.stockReserved({ orderId }), events.stockFailed(refusal)),
  releaseStock: does(release, events.stockReleased({ orderId })),
  scheduleDelivery: does(schedule, events.deliveryScheduled({ orderId }), events.deliveryFailed(refusal)),
  cancelDelivery: does(unschedule, events.deliveryCancelled({ orderId })),
} satisfies Participants<OrderNames, ShopWorld>;

/** Compensations may fail, too, each time. */
export const brittleShop = {
  ...shop,
  refundPayment: does(refund, events.paymentRefunded({ orderId }), events.refundFailed(refusal)),
  releaseStock: does(release, events.stockReleased({ orderId }), events.releaseFailed(refusal)),
  cancelDelivery: does(unschedule, events.deliveryCancelled({ orderId }), events.cancellationFailed(refusal)),
} satisfies Participants<OrderNames, ShopWorld>;

const isUndone = ({ charges, refunds, reserved, released, scheduled, cancelled }: ShopWorld) =>
  charges === refunds && reserved === released && scheduled === cancelled;

export const always: Readonly<Record<string, Property<OrderNames, ShopWorld>>> = {
  'a completed order is paid and delivered': ({ state, world }) =>
    state !== 'completed' || (world.charges > world.refunds && world.reserved > world.released && world.scheduled > 0),
};

export const atRest: Readonly<Record<string, Property<OrderNames, ShopWorld>>> = {
  'a cancelled order costs nothing': ({ state, world }) => state !== 'cancelled' || isUndone(world),
};
