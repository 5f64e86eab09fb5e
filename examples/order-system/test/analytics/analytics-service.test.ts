import { join } from 'node:path';
import { MessageEncoder } from '@holdfast/core';
import { expect, test } from 'vitest';
import { AnalyticsService } from '../../src/analytics/analytics-service.ts';
import { ALL_EVENTS } from '../../src/contracts/all-events.ts';
import { orderCompleted } from '../../src/contracts/order-completed.ts';
import { paymentRefunded } from '../../src/contracts/payment-refunded.ts';
import { paymentSucceeded } from '../../src/contracts/payment-succeeded.ts';
import { openForReading } from '../../src/sqlite/open-database.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const encoder = new MessageEncoder({ source: '/payments' });
const now = '2027-01-01T00:00:00.000Z';

test('all events are counted, and money that changed hands is added up by kind', async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, 'analytics.sqlite3');
  const analytics = await AnalyticsService.open(file);
  expect(analytics.types.toSorted()).toEqual(ALL_EVENTS.map(({ type }) => type).toSorted());
  const paid = paymentSucceeded({ paymentId: 'p', orderId: 'A', amount: 700, processedAt: now });
  const refunded = paymentRefunded({ refundId: 'r', paymentId: 'p', orderId: 'A', amount: 700, refundedAt: now });
  const envelopes = [paid, paid, refunded, orderCompleted({ orderId: 'B', completedAt: now })].map((message) =>
    encoder.encode(message),
  );
  const messages = envelopes.map((envelope) => ({ envelope, attempt: 1 }));
  await analytics.inbox.handleBatch(messages, analytics.work);
  analytics.close();
  const db = openForReading(file);
  expect(db.prepare('select type, events, amount from event_total order by 1').raw().all()).toEqual([
    ['order.completed', 1, 0],
    ['payment.refunded', 1, 700],
    ['payment.succeeded', 2, 1_400],
  ]);
  db.close();
});
