import { expect, test } from 'vitest';
import type { Drive } from './drive.ts';
import { paid, placed, reserved } from './order-drives.ts';

function busy(): Drive {
  const drive = placed();
  drive.event('paymentFailed', { reason: 'busy' });
  drive.takeSent();
  return drive;
}

test('a failure that says try again is sent again after pauses that grow, and then counts', () => {
  const drive = busy();
  expect([drive.state, drive.timers]).toEqual(['payment:retrying', new Map([['payment:retry', 1_000]])]);
  drive.timer('payment:retry');
  expect([drive.state, drive.takeSent(), drive.timers]).toEqual([
    'payment',
    ['requestPayment'],
    new Map([['payment:timeout', 30_000]]),
  ]);
  drive.event('paymentFailed', { reason: 'busy' });
  expect(drive.timers).toEqual(new Map([['payment:retry', 2_000]]));
  drive.timer('payment:retry');
  drive.event('paymentFailed', { reason: 'busy' });
  expect([drive.state, drive.data.failure]).toEqual([
    'compensated',
    { step: 'payment', cause: 'failure', reason: 'busy' },
  ]);
});

test('another failure is not tried again', () => {
  const drive = placed();
  drive.event('paymentFailed', { reason: 'no funds' });
  expect(drive.state).toBe('compensated');
});

test('while it pauses, a second failure changes nothing and a success of an earlier attempt counts', () => {
  const drive = busy();
  expect(drive.event('paymentFailed', { reason: 'no funds' })).toEqual({ kind: 'ignored' });
  drive.event('paymentSucceeded', { paymentId: 'p1' });
  expect([drive.state, [...drive.timers.keys()]]).toEqual(['stock', ['stock:timeout']]);
});

test('while it pauses, an unclear answer stops it', () => {
  const drive = busy();
  drive.event('paymentUnclear');
  expect([drive.state, drive.timers]).toEqual(['payment:uncertain', new Map()]);
});

test('a person who cancels while a step runs leaves its outcome open, and a late success is undone', () => {
  const drive = reserved();
  drive.takeSent();
  drive.operator('cancel');
  expect(drive.data.steps['delivery']).toBe('unknown');
  expect(drive.data.failure).toEqual({ step: 'delivery', cause: 'operator', reason: null });
  drive.event('deliveryBooked');
  drive.event('stockReleased');
  drive.event('deliveryCancelled');
  drive.event('refunded');
  expect([drive.state, drive.takeSent()]).toEqual([
    'compensated',
    ['releaseStock', 'cancelDelivery', 'refund', 'orderCancelled'],
  ]);
});

test('a person can cancel in the first step, and while it pauses', () => {
  const first = placed();
  first.operator('cancel');
  expect([first.state, first.data.steps]).toEqual(['compensated', { payment: 'unknown' }]);
  const pausing = busy();
  pausing.operator('cancel');
  expect([pausing.state, pausing.data.steps, pausing.timers]).toEqual([
    'compensated',
    { payment: 'failed' },
    new Map(),
  ]);
  pausing.event('paymentSucceeded', { paymentId: 'p1' });
  expect(pausing.state).toBe('payment:compensating');
});

test('what is being undone cannot be cancelled', () => {
  const drive = paid();
  drive.operator('cancel');
  expect([drive.state, drive.operator('cancel')]).toEqual(['payment:compensating', { kind: 'refused' }]);
});
