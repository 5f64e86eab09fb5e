import { MessageEncoder } from '@holdfast/core';
import { MemoryBroker } from '@holdfast/transports/memory';
import { expect, test } from 'vitest';
import { LateQueue } from '../../src/consumer/late-queue.ts';
import { deliveryScheduled } from '../../src/contracts/delivery-scheduled.ts';

const encoder = new MessageEncoder({ source: '/test' });
const message = (orderId: string) =>
  encoder.encode(deliveryScheduled({ deliveryId: 'd', orderId, scheduledAt: '2027-01-01T00:00:00.000Z' }));

test('only messages that are to be late are handed back, and they come once their time is over', async () => {
  const broker = new MemoryBroker();
  await broker.declare({ queue: 'q', types: [deliveryScheduled.type] });
  await broker.publish(['late', 'in time'].map(message));
  const queue = new LateQueue({ queue: broker.reader('q'), isLate: ({ key }) => key === 'late', delayMs: 50 });
  const since = performance.now();
  const pulled: string[] = [];
  while (pulled.length < 2) {
    for (const delivery of await queue.pull(10, { waitMs: 10 })) {
      pulled.push(String(delivery.envelope.key));
      if (pulled.length === 1) expect(queue.heldCount).toBe(1);
      await delivery.ack();
    }
  }
  expect(pulled).toEqual(['in time', 'late']);
  expect(performance.now() - since).toBeGreaterThanOrEqual(50);
  expect(queue.heldCount).toBe(0);
  await broker.close();
});
