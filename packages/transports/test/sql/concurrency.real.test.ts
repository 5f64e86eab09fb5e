import type { Delivery } from '@holdfast/core';
import { SystemClock } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { envelope } from '../envelopes.ts';
import { databases, openQueues, publishAll } from './queues.ts';

const PUBLISHERS = 4;
const PULLERS = 8;
const MESSAGES = 400;
const clock = new SystemClock();

describe.each(databases)('many processes on %s', (kind) => {
  test.each(['none', 'key'] as const)(
    'with order %s nothing is lost, nobody holds a message that another one holds, and keys stay in order',
    async (order) => {
      const queues = await openQueues(kind);
      const connections = Array.from({ length: PULLERS }, () => queues.connect());
      await connections[0]?.declare({ queue: 'payment', types: ['*'], leaseMs: 60_000, order });
      const total = PUBLISHERS * MESSAGES;
      const holders = new Map<string, Delivery>();
      const done: { readonly id: string; readonly key: string | null; readonly first: boolean }[] = [];
      const pulling = connections.map(async (transport, number) => {
        const reader = transport.reader('payment');
        while (done.length < total) {
          const deliveries = await reader.pull(1 + ((number * 7) % 20), { waitMs: 50 });
          for (const delivery of deliveries) {
            expect(holders.has(delivery.envelope.id)).toBe(false);
            holders.set(delivery.envelope.id, delivery);
          }
          await Promise.all(
            deliveries.map(async (delivery, index) => {
              const { id, key } = delivery.envelope;
              const isRetry = delivery.deliveryCount === 1 && (index + number) % 9 === 0;
              holders.delete(id);
              if (!isRetry) done.push({ id, key, first: delivery.deliveryCount === 1 });
              await (isRetry ? delivery.retry(0) : delivery.ack());
            }),
          );
        }
      });
      const publishing = Array.from({ length: PUBLISHERS }, async (_, publisher) => {
        const transport = queues.connect();
        for (let sent = 0; sent < MESSAGES; sent += 8) {
          const batch = Array.from({ length: 8 }, (_item, index) =>
            envelope(`${publisher}.${sent + index}`, { key: `${publisher}.${index % 4}` }),
          );
          await publishAll(transport, batch);
        }
      });
      await Promise.all([...publishing, ...pulling]);
      expect(new Set(done.map(({ id }) => id)).size).toBe(total);
      expect(done).toHaveLength(total);
      if (order === 'none') return;
      const last = new Map<string | null, number>();
      for (const { id, key } of done) {
        const number = Number(id.split('.')[1]);
        expect(number).toBeGreaterThan(last.get(key) ?? -1);
        last.set(key, number);
      }
    },
    60_000,
  );

  test('F5.5: of an ack and a take-over at the end of a lease, one happens', async () => {
    const queues = await openQueues(kind);
    const [holder, other] = [queues.connect(), queues.connect()];
    await holder.declare({ queue: 'payment', types: ['*'], leaseMs: 120 });
    let [acked, taken] = [0, 0];
    for (let round = 0; round < 25; round += 1) {
      const id = `m${round}`;
      await publishAll(holder, [envelope(id)]);
      const [delivery] = await holder.reader('payment').pull(1, { waitMs: 1_000 });
      expect(delivery?.envelope.id).toBe(id);
      const takingOver = other.reader('payment').pull(1, { waitMs: 400 });
      await clock.sleep((delivery?.leaseEndsAt ?? 0) - clock.monotonic() - 4 + (round % 9));
      const outcome = await delivery?.ack().then(
        () => 'acked',
        (error: { readonly code: string }) => error.code,
      );
      const [again] = await takingOver;
      if (outcome === 'acked') {
        acked += 1;
        expect(again).toBeUndefined();
      } else {
        taken += 1;
        expect(outcome).toBe('ERR_CORE_LEASE_LOST');
        expect(again?.envelope.id).toBe(id);
        await again?.ack();
      }
    }
    expect(acked + taken).toBe(25);
  }, 60_000);
});
