import { defineEvent, type Message } from '@holdfast/core';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { decide } from '../../src/decide/decide.ts';
import { defineSaga } from '../../src/definition/define-saga.ts';
import { active, attention, compensating, final } from '../../src/definition/state-spec.ts';

const order = z.object({ orderId: z.string() });
const orderPlaced = defineEvent('order.placed', { versions: { 1: order }, key: (o) => o.orderId });
const paymentSucceeded = defineEvent('payment.succeeded', {
  versions: { 1: z.object({ orderId: z.string(), paymentId: z.string() }) },
  key: (o) => o.orderId,
});
const requestPayment = defineEvent('payment.request', { versions: { 1: order }, key: (o) => o.orderId });
const refund = defineEvent('payment.refund', {
  versions: { 1: z.object({ orderId: z.string(), paymentId: z.string() }) },
  key: (o) => o.orderId,
});

const saga = defineSaga({
  name: 'order',
  events: { orderPlaced, paymentSucceeded },
  commands: { requestPayment, refund },
  states: {
    pending: active(order),
    paid: active(z.object({ orderId: z.string(), paymentId: z.string() })),
    stuck: attention<{ readonly orderId: string }>(),
    undoing: compensating<{ readonly orderId: string; readonly paymentId: string }>(),
    done: final(order),
  },
  timers: ['payment'],
  start: {
    orderPlaced: {
      to: 'pending',
      data: ({ data }) => ({ orderId: data.orderId }),
      send: { requestPayment: ({ orderId }) => ({ orderId }) },
    },
  },
  on: {
    pending: {
      events: {
        paymentSucceeded: {
          to: 'paid',
          data: (data, { data: { paymentId } }) => ({ ...data, paymentId }),
          send: { refund: ({ orderId, paymentId }) => ({ orderId, paymentId }) },
        },
      },
      timers: { payment: { afterMs: 30_000, take: { to: 'stuck' } } },
    },
    paid: { operator: { cancel: { to: 'undoing' } } },
    undoing: { timers: { payment: { to: 'done' } } },
  },
  unexpected: 'ignore',
  unmatched: 'fail',
  retentionMs: 1_000,
});

const context = { key: 'o1', now: 0 };
function received(type: string, data: unknown): Message {
  return { id: '1', source: '/t', type, key: 'o1', time: 0, data, attributes: {} };
}

test('an event that begins an instance sets the timers of its state and sends', () => {
  const message = received('order.placed', { orderId: 'o1' });
  const decision = decide(saga, null, { input: { kind: 'event', name: 'orderPlaced', message }, context });
  expect(decision).toMatchObject({
    kind: 'moved',
    from: null,
    to: 'pending',
    data: { orderId: 'o1' },
    sent: [{ name: 'requestPayment' }],
    schedule: [{ timer: 'payment', afterMs: 30_000 }],
  });
});

test('a state that is left takes its timers along', () => {
  const message = received('payment.succeeded', { orderId: 'o1', paymentId: 'p1' });
  const decision = decide(
    saga as never,
    { state: 'pending', data: { orderId: 'o1' } },
    { input: { kind: 'event', name: 'paymentSucceeded', message }, context },
  );
  expect(decision).toMatchObject({ kind: 'moved', to: 'paid', cancel: ['payment'], schedule: [] });
});

test('the compiler refuses what contradicts the declaration', () => {
  const base = {
    name: 'order',
    events: { orderPlaced, paymentSucceeded },
    commands: { requestPayment },
    unexpected: 'ignore',
    unmatched: 'fail',
    retentionMs: 1,
  } as const;
  const states = { pending: active(order), paid: final(z.object({ orderId: z.string(), paymentId: z.string() })) };
  const start = { orderPlaced: { to: 'pending', data: () => ({ orderId: 'o1' }) } } as const;
  expect(() =>
    defineSaga({
      ...base,
      states,
      start,
      // @ts-expect-error a transition to an unknown state
      on: { pending: { events: { paymentSucceeded: { to: 'payed' } } } },
    }),
  ).toThrow('which is not declared');
  expect(() =>
    defineSaga({
      ...base,
      states,
      start,
      // @ts-expect-error an event that is not declared
      on: { pending: { events: { paymentFailed: { to: 'paid', data: () => ({ orderId: '', paymentId: '' }) } } } },
    }),
  ).toThrow('which is not declared');
  defineSaga({
    ...base,
    states,
    start,
    // @ts-expect-error data that the state it leads to needs is missing
    on: { pending: { events: { paymentSucceeded: { to: 'paid' } } } },
  });
  defineSaga({
    ...base,
    states,
    start,
    on: {
      pending: {
        events: {
          // @ts-expect-error data that the state does not have
          paymentSucceeded: { to: 'paid', data: (data) => ({ orderId: data.orderId, paymentId: data.paymentId }) },
        },
      },
    },
  });
});

test('the compiler knows the data and the input of a transition that stays', () => {
  const counting = defineSaga({
    name: 'count',
    events: { orderPlaced },
    states: { counting: active<{ readonly ids: readonly string[] }>(), done: final<{ readonly sum: number }>() },
    timers: ['tick'],
    start: { orderPlaced: { to: 'counting', data: () => ({ ids: [] }) } },
    on: {
      counting: {
        events: { orderPlaced: { data: (data, { data: { orderId } }) => ({ ids: [...data.ids, orderId] }) } },
        timers: { tick: { data: (data, { timer }) => ({ ids: [...data.ids, timer] }) } },
        operator: { note: { data: (data, { actor }) => ({ ids: [...data.ids, actor] }) } },
      },
    },
    unexpected: 'ignore',
    unmatched: 'fail',
    retentionMs: 1,
  });
  expect(counting.states.get('counting')?.operator.has('note')).toBe(true);
});
