import { expect, test } from 'vitest';
import type { Drive } from './drive.ts';
import { paid, reserved } from './order-drives.ts';

/** Delivery does not answer; stock is being released. */
function unanswered(): Drive {
  const drive = reserved();
  drive.takeSent();
  drive.timer('delivery:timeout');
  return drive;
}

function stockCannotBeReleased(): Drive {
  const drive = unanswered();
  for (let attempt = 1; attempt <= 5; attempt += 1) drive.timer('stock:compensation');
  expect(drive.state).toBe('stock:compensation_failed');
  drive.takeSent();
  return drive;
}

test('S4: a step that does not answer in time is given up, and those before it are undone', () => {
  const drive = unanswered();
  expect(drive.data.steps).toEqual({ payment: 'done', stock: 'undoing', delivery: 'unknown' });
  expect(drive.data.failure).toEqual({ step: 'delivery', cause: 'timeout', reason: null });
  drive.event('stockReleased');
  drive.event('refunded');
  expect(drive.takeSent()).toEqual(['releaseStock', 'refund', 'orderCancelled']);
  expect([drive.state, drive.timers]).toEqual(['compensated', new Map()]);
});

test('S6: a success that comes while another step is undone is undone next', () => {
  const drive = unanswered();
  drive.event('deliveryBooked');
  expect([drive.state, drive.data.steps['delivery']]).toEqual(['stock:compensating', 'done']);
  expect(drive.timers.has('stock:compensation')).toBe(true);
  drive.event('stockReleased');
  expect(drive.state).toBe('delivery:compensating');
  drive.event('deliveryCancelled');
  expect(drive.state).toBe('payment:compensating');
  drive.event('refunded');
  expect(drive.state).toBe('compensated');
  expect(drive.takeSent()).toEqual(['releaseStock', 'cancelDelivery', 'refund', 'orderCancelled']);
});

test('S6: a success that comes while the last compensation is under way is undone after it', () => {
  const drive = unanswered();
  drive.event('stockReleased');
  drive.event('deliveryBooked');
  drive.event('refunded');
  expect(drive.state).toBe('delivery:compensating');
  drive.event('deliveryCancelled');
  expect(drive.state).toBe('compensated');
  expect(drive.takeSent()).toEqual(['releaseStock', 'refund', 'cancelDelivery', 'orderCancelled']);
});

test('S6: a success that comes when all was undone is undone, too, and the end is not told twice', () => {
  const drive = unanswered();
  drive.event('stockReleased');
  drive.event('refunded');
  drive.takeSent();
  drive.event('deliveryBooked');
  expect([drive.state, drive.takeSent()]).toEqual(['delivery:compensating', ['cancelDelivery']]);
  drive.event('deliveryCancelled');
  expect([drive.state, drive.takeSent(), drive.data.ends]).toEqual(['compensated', [], 2]);
  expect(drive.event('deliveryBooked')).toEqual({ kind: 'ignored' });
});

test('S6: a success that comes while a person has to look is undone at once, and the person is still waited for', () => {
  const drive = stockCannotBeReleased();
  drive.event('deliveryBooked');
  expect(drive.takeSent()).toEqual(['cancelDelivery']);
  expect(drive.state).toBe('delivery:compensating');
  drive.event('deliveryCancelled');
  expect(drive.state).toBe('stock:compensation_failed');
  drive.operator('resume');
  drive.event('stockReleased');
  drive.event('refunded');
  expect([drive.state, drive.takeSent()]).toEqual(['compensated', ['releaseStock', 'refund', 'orderCancelled']]);
});

test('S6: a success that comes while a compensation fails is undone before a person is waited for', () => {
  const drive = unanswered();
  drive.event('deliveryBooked');
  for (let attempt = 1; attempt <= 5; attempt += 1) drive.timer('stock:compensation');
  expect([drive.state, drive.data.steps['stock']]).toEqual(['delivery:compensating', 'undo_failed']);
  drive.event('deliveryCancelled');
  expect(drive.state).toBe('stock:compensation_failed');
});

test('a compensation that succeeds late is seen while another one is under way', () => {
  const drive = stockCannotBeReleased();
  drive.event('deliveryBooked');
  drive.event('stockReleased');
  expect([drive.state, drive.data.steps['stock']]).toEqual(['delivery:compensating', 'undone']);
  drive.event('deliveryCancelled');
  expect(drive.state).toBe('payment:compensating');
});

test('a failure that comes late is recorded, and a success after it is undone all the same', () => {
  const drive = unanswered();
  drive.event('deliveryFailed', { reason: 'no road' });
  expect([drive.state, drive.data.steps['delivery']]).toEqual(['stock:compensating', 'failed']);
  expect(drive.data.failure?.cause).toBe('timeout');
  drive.event('stockReleased');
  drive.event('refunded');
  drive.event('deliveryBooked');
  expect(drive.state).toBe('delivery:compensating');
});

test('a failure that comes late changes nothing about what was undone', () => {
  const drive = unanswered();
  drive.event('stockReleased');
  drive.event('refunded');
  drive.event('deliveryFailed', { reason: 'no road' });
  expect([drive.state, drive.data.steps['delivery'], drive.data.ends]).toEqual(['compensated', 'failed', 1]);
  expect(drive.event('deliveryFailed', { reason: 'no road' })).toEqual({ kind: 'ignored' });
});

test('S6: a failure that comes before the success of the same step, which was sent twice, does not hide the success', () => {
  const drive = paid();
  drive.takeSent();
  drive.event('stockFailed', { reason: 'sold out' });
  drive.event('stockReserved', { reservationId: 'r1' });
  drive.event('refunded');
  expect(drive.state).toBe('stock:compensating');
  expect(drive.payloads.at(-1)).toEqual({ orderId: 'o1', reservationId: 'r1' });
});
