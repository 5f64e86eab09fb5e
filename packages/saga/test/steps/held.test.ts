import { beforeEach, expect, test } from 'vitest';
import { sagaSteps } from '../../src/steps/saga-steps.ts';
import { Drive } from './drive.ts';
import { commands, events } from './order-steps.ts';

const definition = sagaSteps({
  name: 'order',
  events,
  commands,
  start: { event: 'orderPlaced', hold: ({ data }) => data.cents > 1_000 },
  unmatched: 'fail',
  retentionMs: 86_400_000,
})
  .step('payment', {
    command: { name: 'requestPayment', data: ({ input: { orderId, cents } }) => ({ orderId, cents }) },
    success: 'paymentSucceeded',
    failure: 'paymentFailed',
    timeout: 'never',
    compensation: 'none needed',
  })
  .build({
    compensated: {
      send: { orderCancelled: ({ input, failure }) => ({ orderId: input.orderId, reason: String(failure?.step) }) },
    },
  });

let drive: Drive;
beforeEach(() => {
  drive = new Drive(definition);
});

const place = (cents: number) => drive.event('orderPlaced', { cents, email: 'a@example.org' });

test('only what is to be looked at waits before its first step, with nothing sent and no timer set', () => {
  place(1_000);
  expect(drive.state).toBe('payment');
  drive = new Drive(definition);
  place(1_001);
  expect([drive.state, definition.states.get('held')?.kind]).toEqual(['held', 'attention']);
  expect([drive.sent, [...drive.timers]]).toEqual([[], []]);
});

test('it goes on as if it had just begun when it is released', () => {
  place(1_001);
  drive.operator('release');
  expect([drive.state, drive.takeSent()]).toEqual(['payment', ['requestPayment']]);
  expect(drive.data).toMatchObject({ steps: { payment: 'waiting' }, attempts: { payment: 1 } });
});

test('it ends, and says so, when it is cancelled', () => {
  place(1_001);
  drive.operator('cancel');
  expect([drive.state, drive.takeSent()]).toEqual(['compensated', ['orderCancelled']]);
  expect(drive.data.failure).toEqual({ step: 'held', cause: 'operator', reason: null });
});

test('an answer and a second beginning change nothing while it waits', () => {
  place(1_001);
  expect(drive.event('paymentSucceeded', { paymentId: 'p' })).toEqual({ kind: 'ignored' });
  expect(place(5)).toEqual({ kind: 'ignored' });
  expect(drive.state).toBe('held');
});
