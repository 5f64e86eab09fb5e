import { defineEvent } from '@holdfast/core';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { active, attention, defineSaga, final } from '../../src/index.ts';
import { ScenarioError, scenario } from '../../src/scenario/index.ts';
import {
  deliveryFailed,
  orderPlaced,
  paymentFailed,
  paymentRefunded,
  paymentSucceeded,
  refundFailed,
  stockFailed,
  stockReleased,
  stockReserved,
} from '../shop/events.ts';
import { orderSaga } from '../shop/order-saga.ts';

const orderId = 'o-1';
const placed = orderPlaced({ orderId, customer: 'Ada', amount: 500, sku: 'tea', quantity: 2 });
const order = scenario(orderSaga);

test('a scenario says what happened, what happens, and what is expected', () => {
  order
    .given(placed, paymentSucceeded({ orderId }))
    .when(stockFailed({ orderId, reason: 'sold out' }))
    .expect({ state: 'refunding', sent: [{ refundPayment: { orderId, amount: 500 } }], timers: { answer: 30_000 } })
    .when(paymentRefunded({ orderId }))
    .expect({ state: 'cancelled', sent: ['orderCancelled'], timers: [], parked: [] });
});

test('time passes at once: timers run out in their order, and not before their time', () => {
  const asked = order.given(placed, paymentSucceeded({ orderId }), stockFailed({ orderId, reason: 'sold out' }));
  asked.after(29_999).expect({ state: 'refunding', sent: [], timers: { answer: 1 } });
  asked.after(30_000).expect({ state: 'refunding', sent: ['refundPayment'], timers: { answer: 30_000 } });
  asked
    .untilQuiet()
    .expect({ state: 'compensation_failed', sent: ['refundPayment', 'refundPayment', 'orderStuck'], timers: [] })
    .when({ action: 'resume', actor: 'Grace' })
    .expect({ state: 'refunding', sent: ['refundPayment'] });
});

test('participants that answer drive a saga in virtual time', () => {
  const run = order
    .answering({
      requestPayment: ({ orderId }) => ({ afterMs: 200, event: paymentSucceeded({ orderId }) }),
      reserveStock: ({ orderId }) => stockReserved({ orderId }),
      scheduleDelivery: ({ orderId }) => ({ afterMs: 1_000, event: deliveryFailed({ orderId, reason: 'no van' }) }),
      releaseStock: ({ orderId }) => stockReleased({ orderId }),
      refundPayment: ({ orderId }) => [
        refundFailed({ orderId, reason: 'try later' }),
        { afterMs: 700, event: paymentRefunded({ orderId }) },
      ],
    })
    .when(placed)
    .untilQuiet()
    .expect({
      state: 'cancelled',
      sent: [
        'requestPayment',
        'reserveStock',
        'scheduleDelivery',
        'releaseStock',
        'refundPayment',
        { orderCancelled: { orderId, reason: 'delivery failed' } },
      ],
    });
  expect(run.now).toBe(1_900);
  expect(run.trace).toHaveLength(7);
});

test('a scenario that is gone on from stays as it was', () => {
  const paid = order.given(placed);
  paid.when(paymentSucceeded({ orderId })).expect({ state: 'reserving' });
  paid.when(paymentFailed({ orderId, reason: 'no funds' })).expect({ state: 'cancelled' });
  paid.expect({ state: 'paying' });
});

test('an instance may begin in the middle, with the timers of its state', () => {
  const data = {
    ...placed.data,
    payment: 'done',
    stock: 'asked',
    delivery: 'none',
    attempts: 0,
    failure: null,
  } as const;
  order
    .at('reserving', data)
    .expect({ state: 'reserving', data, timers: { answer: 30_000 } })
    .when({ timer: 'answer' })
    .expect({ state: 'refunding' });
});

test('a difference is told with path, expected and found values, and what happened before', () => {
  const run = order.given(placed).when(paymentSucceeded({ orderId }));
  const failure = thrownBy(() =>
    run.expect({
      state: 'delivering',
      data: { ...placed.data, payment: 'done', stock: 'done', delivery: 'none', attempts: 0, failure: null },
      sent: [{ requestPayment: { orderId, amount: 500 } }],
      timers: [],
      parked: ['stockReserved'],
    }),
  );
  expect(failure.message).toBe(
    [
      'The scenario of saga "order" differs from what is expected:',
      '  - state: expected "delivering", found "reserving"',
      '  - data.stock: expected "done", found "asked"',
      '  - sent: expected ["requestPayment"], found ["reserveStock"]',
      '  - timers: expected [], found ["answer"]',
      '  - parked: expected ["stockReserved"], found []',
      'What happened:',
      '  1. event orderPlaced: nothing → paying, sent requestPayment',
      '  2. event paymentSucceeded: paying → reserving, sent reserveStock',
    ].join('\n'),
  );
});

test.each([
  [
    'data of a command',
    () => order.when(placed).expect({ state: 'paying', sent: [{ requestPayment: { orderId, amount: 1 } }] }),
    'sent.0.requestPayment.amount: expected 1, found 500',
  ],
  [
    'the time of a timer',
    () => order.when(placed).expect({ state: 'paying', timers: { answer: 5 } }),
    'timers.answer: expected 5, found 30000',
  ],
  [
    'a timer that is not set',
    () => order.when(placed).expect({ state: 'paying', timers: { answer: 30_000, retry: 1 } }),
    'timers.retry: expected 1, found nothing',
  ],
  [
    'a timer too many',
    () => order.when(placed).expect({ state: 'paying', timers: {} }),
    'timers.answer: expected nothing, found 30000',
  ],
  [
    'an instance that should not be',
    () => order.when(placed).expect({ state: null }),
    'state: expected null, found "paying"',
  ],
  ['no instance', () => order.expect({ state: 'paying' }), 'state: expected "paying", found null'],
  [
    'an outcome',
    () => order.when(placed).expect({ state: 'paying', outcome: 'ignored' }),
    'outcome: expected "ignored", found "moved"',
  ],
  [
    'a timer that runs out without being set',
    () => order.given(placed).when({ timer: 'retry' }),
    'timer "retry" is not set, so it cannot run out; set are: answer',
  ],
  [
    'an event of another instance',
    () => order.given(placed).when(paymentSucceeded({ orderId: 'o-2' })),
    'event "payment.succeeded" belongs to instance "o-2", and the scenario is about "o-1"',
  ],
  [
    'a beginning that is given twice',
    () => order.given(placed).at('cancelled', {} as never),
    '"at" begins an instance, and there is one already',
  ],
])('a scenario does not pass over %s', (_, run, difference) => {
  expect(thrownBy(run).differences).toEqual([difference]);
});

const noted = defineEvent('note.taken', { versions: { 1: z.object({ note: z.string() }) }, key: () => 'n' });
const opened = defineEvent('note.opened', { versions: { 1: z.object({}) }, key: () => 'n' });
const notes = defineSaga({
  name: 'notes',
  events: { opened, noted },
  commands: {},
  states: {
    open: active(z.object({ at: z.coerce.date(), notes: z.array(z.string()) })),
    asked: attention(),
    done: final(),
  },
  timers: ['tick'],
  start: { opened: { to: 'open', data: (_, { now }) => ({ at: new Date(now), notes: [] }), schedule: { tick: 0 } } },
  on: {
    open: {
      events: {
        noted: [{ data: (data, { data: { note } }) => ({ ...data, notes: [...data.notes, explosive(note)] }) }],
      },
      timers: {
        tick: [{ when: ({ notes }) => notes.length > 0, to: 'asked', data: () => ({}) }, { schedule: { tick: 0 } }],
      },
      operator: { close: { to: 'done', data: () => ({}) } },
    },
  },
  unexpected: 'fail',
  unmatched: 'park',
  retentionMs: 1,
});

test('events that came before their instance wait for it, and data goes through JSON and its schema', () => {
  scenario(notes, { now: 1_000 })
    .when(noted({ note: 'early' }))
    .expect({ state: null, parked: ['noted'], outcome: 'parked' })
    .when(opened({}))
    .expect({ state: 'open', data: { at: new Date(1_000), notes: ['early'] }, parked: [] });
});

test('what a function throws is seen, also when it was about an event that was parked', () => {
  const waiting = scenario(notes).given(noted({ note: 'explode' }));
  expect(() => waiting.when(opened({}))).toThrow('as it was told');
  expect(() =>
    scenario(notes)
      .given(opened({}))
      .when(noted({ note: 'explode' })),
  ).toThrow('as it was told');
});

test('a message of the same id is a duplicate, as it is for an inbox; one that answers twice is not', () => {
  scenario(notes)
    .given(opened({}), noted({ note: 'a' }, { id: '1' }))
    .when(noted({ note: 'a' }, { id: '1' }))
    .expect({ state: 'open', outcome: 'duplicate', data: { at: new Date(0), notes: ['a'] } })
    .when(noted({ note: 'a' }))
    .expect({ state: 'open', outcome: 'moved', data: { at: new Date(0), notes: ['a', 'a'] } });
});

test('an input that is refused has to be expected', () => {
  const done = scenario(notes).given(opened({}), { action: 'close' });
  expect(() => done.when(noted({ note: 'late' })).expect({ state: 'done' })).toThrow('the last input was refused');
  done.when(noted({ note: 'late' })).expect({ state: 'done', outcome: 'failed' });
  done.when({ action: 'close' }).expect({ state: 'done', outcome: 'refused' });
  expect(() => done.given({ action: 'close' })).toThrow('what is given was refused ("refused")');
  expect(() => done.given({ action: 'close' })).toThrow('action close: refused, by done, which takes no action');
  expect(() => scenario(notes).given(opened({}), { action: 'clsoe' })).toThrow('by open, which takes close');
});

test('timers that set each other without end are told instead of running for ever', () => {
  expect(() => scenario(notes).given(opened({})).after(1)).toThrow('timers and answers do not come to an end');
});

test('what an event of the scenario may not be is refused: another event, or data that does not fit', () => {
  const other = paymentRefunded({ orderId });
  // @ts-expect-error an event that the saga does not declare
  expect(() => scenario(notes).when(other)).toThrow('event "payment.refunded" is not one of the saga\'s');
  const wrong = { type: 'note.taken', key: 'n', data: { note: 1 } };
  // @ts-expect-error data that the event's schema refuses
  expect(() => scenario(notes).when(wrong)).toThrow('note.taken');
});

test('the compiler knows states, their data, commands, timers and events', () => {
  const run = order.given(placed);
  // @ts-expect-error an unknown state
  expect(() => run.expect({ state: 'payed' })).toThrow(ScenarioError);
  // @ts-expect-error data that the state does not have
  expect(() => run.expect({ state: 'paying', data: { orderId } })).toThrow(ScenarioError);
  // @ts-expect-error an unknown command
  expect(() => run.expect({ state: 'paying', sent: ['requestPay'] })).toThrow(ScenarioError);
  // @ts-expect-error data that the command does not have
  expect(() => run.expect({ state: 'paying', sent: [{ requestPayment: { orderId } }] })).toThrow(ScenarioError);
  // @ts-expect-error an unknown timer
  expect(() => run.expect({ state: 'paying', timers: ['anwser'] })).toThrow(ScenarioError);
  // @ts-expect-error an unknown timer
  expect(() => run.when({ timer: 'anwser' })).toThrow(ScenarioError);
});

function explosive(note: string): string {
  if (note === 'explode') throw new Error('as it was told');
  return note;
}

function thrownBy(run: () => unknown): ScenarioError {
  try {
    run();
  } catch (error) {
    if (error instanceof ScenarioError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
