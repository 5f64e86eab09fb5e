import type { OutgoingMessage } from '@holdfast/core';
import type { SagaDefinition } from '@holdfast/saga';
import type { Participant, Participants, Property } from '@holdfast/saga/checks';
import type { orderSaga } from '../../src/order/order-saga.ts';
import * as answers from './order-answers.ts';

export type OrderNames = ReturnType<typeof orderSaga> extends SagaDefinition<infer Names> ? Names : never;

/** What the participants have for the one order. Each of them does a thing once per order, whatever comes how often and in which order. */
export const nothingDone = {
  payment: 'none' as 'none' | 'paid' | 'declined' | 'refunded' | 'closed',
  stock: 'none' as 'none' | 'reserved' | 'refused' | 'released' | 'closed',
  delivery: 'none' as 'none' | 'scheduled' | 'refused' | 'cancelled' | 'closed',
};

export type OrderWorld = typeof nothingDone;

interface Desk<Part extends keyof OrderWorld> {
  readonly part: Part;
  readonly done: OrderWorld[Part];
  readonly refused: OrderWorld[Part];
  readonly undone: OrderWorld[Part];
  readonly success: OutgoingMessage;
  readonly failure: OutgoingMessage;
  readonly undoneAnswer: OutgoingMessage;
  /** Of an undoing that is refused. */
  readonly undoFailure: OutgoingMessage | null;
}

/** As payment, inventory and delivery do: a request that is known gets its answer again, one that was called off before is refused. */
function asks<Part extends keyof OrderWorld>(desk: Desk<Part>): Participant<OrderWorld, unknown> {
  const { part, done, refused, success, failure } = desk;
  return (world, _, { redelivered }) => {
    if (redelivered) return [];
    if (world[part] === done) return [{ label: 'did it before', answers: [success] }];
    if (world[part] !== 'none') return [{ label: 'will not do it any more', answers: [failure] }];
    return [
      { label: 'does it', world: { ...world, [part]: done }, answers: [success] },
      { label: 'refuses', world: { ...world, [part]: refused }, answers: [failure] },
    ];
  };
}

function undoes<Part extends keyof OrderWorld>(desk: Desk<Part>): Participant<OrderWorld, unknown> {
  const { part, done, undone, undoneAnswer, undoFailure } = desk;
  return (world, _, { redelivered }) => {
    if (redelivered) return [];
    if (world[part] === 'none') {
      return [{ label: 'will not do it', world: { ...world, [part]: 'closed' }, answers: [undoneAnswer] }];
    }
    if (world[part] !== done) return [{ label: 'has nothing to undo', answers: [undoneAnswer] }];
    const undo = { label: 'undoes it', world: { ...world, [part]: undone }, answers: [undoneAnswer] };
    return undoFailure === null ? [undo] : [undo, { label: 'cannot undo it now', answers: [undoFailure] }];
  };
}

const payment: Desk<'payment'> = {
  part: 'payment',
  done: 'paid',
  refused: 'declined',
  undone: 'refunded',
  success: answers.paid,
  failure: answers.declined,
  undoneAnswer: answers.refunded,
  undoFailure: answers.refundRefused,
};
const stock: Desk<'stock'> = {
  part: 'stock',
  done: 'reserved',
  refused: 'refused',
  undone: 'released',
  success: answers.reserved,
  failure: answers.soldOut,
  undoneAnswer: answers.released,
  undoFailure: null,
};
const delivery: Desk<'delivery'> = {
  part: 'delivery',
  done: 'scheduled',
  refused: 'refused',
  undone: 'cancelled',
  success: answers.scheduled,
  failure: answers.undeliverable,
  undoneAnswer: answers.calledOff,
  undoFailure: null,
};

export const participants = {
  orderPaymentRequested: asks(payment),
  paymentRefundRequested: undoes(payment),
  orderInventoryRequested: asks(stock),
  inventoryReleaseRequested: undoes(stock),
  orderDeliveryRequested: asks(delivery),
  deliveryCancelRequested: undoes(delivery),
} satisfies Participants<OrderNames, OrderWorld>;

export const always: Readonly<Record<string, Property<OrderNames, OrderWorld>>> = {
  'a completed order is paid, set aside and delivered': ({ state, world }) =>
    state !== 'completed' || (world.payment === 'paid' && world.stock === 'reserved' && world.delivery === 'scheduled'),
};

export const atRest: Readonly<Record<string, Property<OrderNames, OrderWorld>>> = {
  'nothing is kept of a cancelled order': ({ state, world }) =>
    state !== 'compensated' ||
    (world.payment !== 'paid' && world.stock !== 'reserved' && world.delivery !== 'scheduled'),
};

/** Where every answer is in time: what is known to be done last is undone first. */
export const inReverse: Readonly<Record<string, Property<OrderNames, OrderWorld>>> = {
  'what was done last is undone first': ({ world }) =>
    (world.payment !== 'refunded' || world.stock !== 'reserved') &&
    (world.stock !== 'released' || world.delivery !== 'scheduled'),
};
