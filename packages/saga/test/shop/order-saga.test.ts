import type { Message } from '@holdfast/core';
import { decide, type SagaSnapshot } from '@holdfast/saga';
import { expect, test } from 'vitest';
import { orderSaga } from './order-saga.ts';

const context = { key: 'o1', now: 0 };
const order = { orderId: 'o1', customer: 'ada@example.org', amount: 500, sku: 'tea', quantity: 2 };

/** Lets inputs pass one after another; returns the states and commands. */
function play(inputs: readonly (string | { readonly timer: string } | { readonly action: string })[]) {
  let snapshot: SagaSnapshot | null = null;
  const log: string[] = [];
  for (const input of inputs) {
    const decision = decide(orderSaga, snapshot, { context, input: inputOf(input) });
    if (decision.kind !== 'moved') {
      log.push(decision.kind);
      continue;
    }
    snapshot = { state: decision.to, data: JSON.parse(JSON.stringify(decision.data)) };
    log.push([decision.to, ...decision.sent.map(({ name }) => name)].join(' '));
  }
  return log;
}

function inputOf(input: string | { readonly timer: string } | { readonly action: string }) {
  if (typeof input !== 'string') {
    if ('timer' in input) return { kind: 'timer', ...input } as const;
    return { kind: 'operator', actor: 'ada', reason: 'looked', ...input } as const;
  }
  const event = orderSaga.events.get(input)!;
  const data = { ...order, reason: 'no' };
  const message: Message = { id: '1', source: '/t', type: event.type, key: 'o1', time: 0, data, attributes: {} };
  return { kind: 'event', name: input, message } as const;
}

test('S3: what was done is undone in reverse order', () => {
  const log = play([
    'orderPlaced',
    'paymentSucceeded',
    'stockReserved',
    'deliveryFailed',
    'stockReleased',
    'paymentRefunded',
  ]);
  expect(log.slice(3)).toEqual(['releasing releaseStock', 'refunding refundPayment', 'cancelled orderCancelled']);
});

test('S6: a late success is undone from the cancelled state too, once', () => {
  expect(play(['orderPlaced', { timer: 'answer' }, 'paymentSucceeded', 'paymentRefunded', 'paymentSucceeded'])).toEqual(
    [
      'paying requestPayment',
      'cancelled orderCancelled',
      'refunding refundPayment',
      'cancelled orderCancelled',
      'ignored',
    ],
  );
});

test('S5: a compensation that fails is sent again, and then given to a person who resumes it', () => {
  const failing = ['refundFailed', { timer: 'retry' }, 'refundFailed', { timer: 'answer' }, 'refundFailed'];
  const log = play([
    'orderPlaced',
    'paymentSucceeded',
    'stockFailed',
    ...failing,
    { action: 'resume' },
    'paymentRefunded',
  ]);
  expect(log.slice(2)).toEqual([
    'refunding refundPayment',
    'refunding',
    'refunding refundPayment',
    'refunding',
    'refunding refundPayment',
    'compensation_failed orderStuck',
    'refunding refundPayment',
    'cancelled orderCancelled',
  ]);
});
