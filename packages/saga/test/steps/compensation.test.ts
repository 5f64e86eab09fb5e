import { expect, test } from 'vitest';
import type { Drive } from './drive.ts';
import { paid } from './order-drives.ts';

function refunding(): Drive {
  const drive = paid();
  drive.takeSent();
  drive.event('stockFailed', { reason: 'sold out' });
  return drive;
}

function notRefunded(): Drive {
  const drive = refunding();
  for (const _ of [1, 2]) {
    drive.event('refundFailed');
    drive.timer('payment:compensation');
  }
  drive.event('refundFailed');
  drive.takeSent();
  return drive;
}

test('S5: a compensation that fails is sent again after pauses that grow', () => {
  const drive = refunding();
  expect([drive.takeSent(), drive.timers.get('payment:compensation')]).toEqual([['refund'], 10_000]);
  drive.event('refundFailed');
  expect([drive.state, drive.takeSent(), drive.timers.get('payment:compensation')]).toEqual([
    'payment:compensating',
    [],
    2_000,
  ]);
  drive.timer('payment:compensation');
  expect([drive.takeSent(), drive.timers.get('payment:compensation')]).toEqual([['refund'], 10_000]);
  drive.event('refundFailed');
  expect(drive.timers.get('payment:compensation')).toBe(4_000);
  drive.timer('payment:compensation');
  drive.event('refunded');
  expect(drive.state).toBe('compensated');
});

test('S5: a compensation that fails as often as it may waits for a person, visibly, and no timer runs', () => {
  const drive = notRefunded();
  expect([drive.state, drive.data.steps['payment'], drive.timers]).toEqual([
    'payment:compensation_failed',
    'undo_failed',
    new Map(),
  ]);
});

test('S5: a compensation that is not answered is sent again, and counts', () => {
  const drive = refunding();
  drive.timer('payment:compensation');
  drive.timer('payment:compensation');
  expect([drive.state, drive.takeSent()]).toEqual(['payment:compensating', ['refund', 'refund', 'refund']]);
  drive.timer('payment:compensation');
  expect(drive.state).toBe('payment:compensation_failed');
});

test('S5: a person can resume it, with as many attempts as before', () => {
  const drive = notRefunded();
  drive.operator('resume');
  expect([drive.state, drive.takeSent(), drive.data.attempts['payment']]).toEqual([
    'payment:compensating',
    ['refund'],
    1,
  ]);
  drive.event('refunded');
  expect([drive.state, drive.takeSent()]).toEqual(['compensated', ['orderCancelled']]);
});

test('S5: a person who did it by hand can skip it, which is remembered', () => {
  const drive = notRefunded();
  drive.operator('skip');
  expect([drive.state, drive.data.steps['payment'], drive.takeSent()]).toEqual([
    'compensated',
    'skipped',
    ['orderCancelled'],
  ]);
  expect(drive.event('refunded')).toEqual({ kind: 'ignored' });
});

test('S5: a late success of it needs no person any more', () => {
  const drive = notRefunded();
  expect(drive.event('refundFailed')).toEqual({ kind: 'ignored' });
  drive.event('refunded');
  expect(drive.state).toBe('compensated');
});

test('a compensation that succeeds twice changes nothing the second time', () => {
  const drive = refunding();
  drive.event('refunded');
  drive.takeSent();
  expect(drive.event('refunded')).toEqual({ kind: 'ignored' });
  expect(drive.event('paymentSucceeded', { paymentId: 'p1' })).toEqual({ kind: 'ignored' });
});
