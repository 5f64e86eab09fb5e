import { expect, test } from 'vitest';
import type { Drive } from './drive.ts';
import { placed } from './order-drives.ts';

function unanswered(): Drive {
  const drive = placed();
  drive.timer('payment:timeout');
  drive.timer('payment:timeout');
  drive.takeSent();
  return drive;
}

test('S4: a step is sent again as often as declared before it counts as unanswered', () => {
  const drive = placed();
  drive.timer('payment:timeout');
  expect([drive.state, drive.takeSent()]).toEqual(['payment', ['requestPayment', 'requestPayment']]);
  expect([drive.data.attempts['payment'], drive.timers.get('payment:timeout')]).toEqual([2, 30_000]);
  drive.timer('payment:timeout');
  expect([drive.state, drive.data.steps['payment'], drive.timers]).toEqual([
    'payment:uncertain',
    'uncertain',
    new Map(),
  ]);
});

test('an unclear answer waits for an event or a person, and no timer', () => {
  const drive = placed();
  drive.event('paymentUnclear');
  expect([drive.state, drive.timers]).toEqual(['payment:uncertain', new Map()]);
});

test('a late success resolves what is uncertain', () => {
  const drive = unanswered();
  drive.event('paymentSucceeded', { paymentId: 'p1' });
  expect([drive.state, drive.takeSent()]).toEqual(['stock', ['reserveStock']]);
  expect(drive.data.failure).toBe(null);
});

test('a late failure resolves what is uncertain', () => {
  const drive = unanswered();
  drive.event('paymentFailed', { reason: 'no funds' });
  expect([drive.state, drive.data.failure]).toEqual([
    'compensated',
    { step: 'payment', cause: 'failure', reason: 'no funds' },
  ]);
});

test('a late failure that says try again is tried again', () => {
  const drive = unanswered();
  drive.event('paymentFailed', { reason: 'busy' });
  expect(drive.state).toBe('payment:retrying');
});

test('a person can have it sent again, as if for the first time', () => {
  const drive = unanswered();
  drive.operator('retry');
  expect([drive.state, drive.takeSent()]).toEqual(['payment', ['requestPayment']]);
  expect([drive.data.attempts['payment'], drive.timers.get('payment:timeout')]).toEqual([1, 30_000]);
});

test.each([
  ['compensate', 'unclear'],
  ['cancel', 'operator'],
])('a person can give it up by %s; a late success is undone', (action, cause) => {
  const drive = unanswered();
  drive.operator(action);
  expect([drive.state, drive.data.steps['payment'], drive.data.failure]).toEqual([
    'compensated',
    'unknown',
    { step: 'payment', cause, reason: null },
  ]);
  drive.event('paymentSucceeded', { paymentId: 'p1' });
  drive.event('refunded');
  expect([drive.state, drive.takeSent()]).toEqual(['compensated', ['orderCancelled', 'refund']]);
});
