import { expect, test } from 'vitest';
import { paid, placed, reserved } from './order-drives.ts';

test('steps follow one another until it is completed, and its end is told', () => {
  const drive = reserved();
  drive.event('deliveryBooked');
  expect(drive.states).toEqual(['payment', 'stock', 'delivery', 'completed']);
  expect(drive.takeSent()).toEqual(['requestPayment', 'reserveStock', 'bookDelivery', 'orderCompleted']);
  expect(drive.timers).toEqual(new Map());
  expect(drive.data).toEqual({
    input: { orderId: 'o1', cents: 500 },
    done: { payment: { paymentId: 'p1' }, stock: { orderId: 'o1', reservationId: 'r1' }, delivery: { orderId: 'o1' } },
    steps: { payment: 'done', stock: 'done', delivery: 'done' },
    attempts: { payment: 1, stock: 1, delivery: 1 },
    failure: null,
    ends: 1,
  });
});

test('S1: a first step that fails leaves nothing to undo', () => {
  const drive = placed();
  drive.event('paymentFailed', { reason: 'no funds' });
  expect(drive.state).toBe('compensated');
  expect(drive.takeSent()).toEqual(['requestPayment', 'orderCancelled']);
  expect(drive.payloads.at(-1)).toEqual({ orderId: 'o1', reason: 'no funds' });
});

test('S2: a second step that fails undoes the first, with its own result', () => {
  const drive = paid();
  drive.event('stockFailed', { reason: 'sold out' });
  expect(drive.state).toBe('payment:compensating');
  expect(drive.payloads.at(-1)).toEqual({ orderId: 'o1', paymentId: 'p1' });
  drive.event('refunded');
  expect(drive.state).toBe('compensated');
  expect(drive.takeSent()).toEqual(['requestPayment', 'reserveStock', 'refund', 'orderCancelled']);
});

test('S7: what began it, and answers that come twice, change nothing', () => {
  const drive = reserved();
  drive.takeSent();
  const before = drive.data;
  expect(drive.event('orderPlaced', { cents: 1, email: '' })).toEqual({ kind: 'ignored' });
  expect(drive.event('paymentSucceeded', { paymentId: 'p2' })).toEqual({ kind: 'ignored' });
  expect(drive.event('paymentFailed', { reason: 'no funds' })).toEqual({ kind: 'ignored' });
  expect(drive.event('stockFailed', { reason: 'sold out' })).toEqual({ kind: 'ignored' });
  expect([drive.data, drive.takeSent(), drive.state]).toEqual([before, [], 'delivery']);
});

test('nothing changes what is completed', () => {
  const drive = reserved();
  drive.event('deliveryBooked');
  drive.takeSent();
  for (const event of [
    'paymentSucceeded',
    'paymentFailed',
    'stockFailed',
    'deliveryFailed',
    'deliveryBooked',
    'refunded',
  ]) {
    expect(drive.event(event, { reason: 'late', paymentId: 'p2' })).toEqual({ kind: 'ignored' });
  }
  expect(drive.operator('cancel')).toEqual({ kind: 'refused' });
});

test('S3: a last step that fails undoes the others in reverse order', () => {
  const drive = reserved();
  drive.takeSent();
  drive.event('deliveryFailed', { reason: 'no road' });
  drive.event('stockReleased');
  drive.event('refunded');
  expect(drive.takeSent()).toEqual(['releaseStock', 'refund', 'orderCancelled']);
  expect(drive.state).toBe('compensated');
});
