import { join } from 'node:path';
import { MessageEncoder } from '@holdfast/core';
import { expect, test } from 'vitest';
import { orderCancelled } from '../../src/contracts/order-cancelled.ts';
import { orderCompleted } from '../../src/contracts/order-completed.ts';
import { paymentFailed } from '../../src/contracts/payment-failed.ts';
import { NotificationService, type NotificationServiceOptions } from '../../src/notification/notification-service.ts';
import { openForReading } from '../../src/sqlite/open-database.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const encoder = new MessageEncoder({ source: '/orders' });
const now = '2027-01-01T00:00:00.000Z';
const completed = encoder.encode(orderCompleted({ orderId: 'A', completedAt: now }));
const cancelled = encoder.encode(
  orderCancelled({ orderId: 'B', cancellationReason: 'out of stock', cancelledAt: now }),
);
const declined = encoder.encode(
  paymentFailed({ paymentId: 'x', orderId: 'C', amount: 1, failureReason: 'card_declined', failedAt: now }),
);

async function notified(options?: NotificationServiceOptions) {
  using folder = temporaryFolder();
  const file = join(folder.path, 'notification.sqlite3');
  const service = await NotificationService.open(file, options);
  const messages = [completed, cancelled, declined, completed].map((envelope) => ({ envelope, attempt: 1 }));
  const outcomes = (await service.inbox.handleBatch(messages, service.work)).map(({ outcome }) => outcome);
  service.close();
  const db = openForReading(file);
  const rows = db.prepare('select order_id, text, failure from notification order by rowid').raw().all();
  db.close();
  return { outcomes, rows };
}

test('customers are told once how their orders ended', async () => {
  const told: string[] = [];
  const { outcomes, rows } = await notified({ tell: (orderId) => told.push(orderId) });
  expect(outcomes).toEqual(['applied', 'applied', 'applied', 'duplicate']);
  expect(told).toEqual(['A', 'B', 'C']);
  expect(rows).toEqual([
    ['A', 'Your order is on its way.', null],
    ['B', 'Your order was cancelled: out of stock.', null],
    ['C', 'Your order could not be paid: card_declined.', null],
  ]);
});

test('a customer who cannot be told holds up nothing', async () => {
  const { outcomes, rows } = await notified({
    tell: () => {
      throw new Error('no such address');
    },
  });
  expect(outcomes).toEqual(['applied', 'applied', 'applied', 'duplicate']);
  expect((rows as string[][]).map(([, , failure]) => failure)).toEqual(Array(3).fill('Error: no such address'));
});
