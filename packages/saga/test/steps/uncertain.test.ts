import { expect, test } from 'vitest';
import { Drive } from './drive.ts';
import { begun, ends, lettered } from './lettered-steps.ts';
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

test('a person can give it up: it stays uncertain until its outcome is known, and a late success is undone', () => {
  const drive = unanswered();
  drive.operator('cancel');
  expect([drive.state, drive.data.steps['payment'], drive.data.failure, drive.takeSent()]).toEqual([
    'payment:uncertain',
    'unclear',
    { step: 'payment', cause: 'operator', reason: null },
    [],
  ]);
  drive.event('paymentSucceeded', { paymentId: 'p1' });
  drive.event('refunded');
  expect([drive.state, drive.takeSent()]).toEqual(['compensated', ['refund', 'orderCancelled']]);
});

test('a person can have it undone as if it had been done', () => {
  const drive = new Drive(begun.step('a', lettered('a', { unanswered: 'uncertain' })).build(ends));
  drive.event('begun');
  drive.timer('a:timeout');
  drive.operator('compensate');
  expect([drive.state, drive.data.failure]).toEqual(['a:compensating', { step: 'a', cause: 'unclear', reason: null }]);
  drive.event('aUndone');
  expect([drive.state, drive.takeSent()]).toEqual(['compensated', ['doA', 'undoA', 'compensated']]);
});
