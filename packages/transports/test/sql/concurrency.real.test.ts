import type { Delivery } from '@holdfast/core';
import { SystemClock } from '@holdfast/core';
import { SqlTransport } from '@holdfast/transports/sql';
import { describe, expect, onTestFinished, test } from 'vitest';
import { envelope } from '../envelopes.ts';
import { postgresQueues } from './postgres-queues.ts';
import { databases, drain, openQueues, publishAll } from './queues.ts';

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

describe.each([15, 18] as const)('transactions that are slow on PostgreSQL %i', (version) => {
  async function slow() {
    const { names, database, postgres, table } = await postgresQueues(version);
    const transport = new SqlTransport({ database, names });
    await transport.declare({ queue: 'payment', types: ['*'], leaseMs: 400 });
    const client = await postgres.pool.connect();
    onTestFinished(async () => {
      client.release();
      await transport.close();
    });
    const id = (await client.query(`select id from ${table('queue')} where name = 'payment'`)).rows[0].id;
    return { transport, client, table, id, reader: transport.reader('payment') };
  }

  test('a message that commits late is not skipped: what is published after it waits for it', async () => {
    const { transport, client, table, reader } = await slow();
    await client.query('begin');
    await client.query(
      `select * from ${table('queue_publish')}('{late}', '{/}', '{t}', array['{}'], array[null], 'x', '{1}', '{1}')`,
    );
    const publishing = transport.publish([envelope('later')]);
    expect(await reader.pull(10, { waitMs: 300 })).toEqual([]);
    await client.query('commit');
    expect((await publishing).map(({ outcome }) => outcome)).toEqual(['accepted']);
    expect(await drain(reader)).toEqual(['late', 'later']);
  });

  test('F5.5: a message whose ack is committing when its lease ends is not taken over', async () => {
    const { transport, client, table, id, reader } = await slow();
    await publishAll(transport, [envelope('m')]);
    await reader.pull(1, { waitMs: 0 });
    const { rows } = await client.query(`select claim, positions from ${table('queue_claim')} where queue_id = ${id}`);
    const held = rows.find(({ positions }) => positions.length > 0);
    const ack = () =>
      client.query(`select * from ${table('queue_ack')}($1, false, $2, '{1}', $3)`, [id, [held.claim], held.positions]);
    await client.query('begin');
    expect((await ack()).rows).toHaveLength(1);
    expect(await reader.pull(1, { waitMs: 1_000 })).toEqual([]);
    await client.query('commit');
    expect(await reader.pull(1, { waitMs: 500 })).toEqual([]);
    // The claim is the cursor and stays, with nothing in it.
    expect((await ack()).rows).toEqual([{ held: held.claim, positions: [] }]);
  });

  test('F5.5: a message whose ack is under way when its lease ends is not taken over: the ack has the lock of its claim first', async () => {
    const { transport, client, table, id, reader } = await slow();
    await publishAll(transport, [envelope('m')]);
    const [delivery] = await reader.pull(1, { waitMs: 0 });
    await client.query('begin');
    // The ack stops at the message, behind its claim.
    await client.query(`select 1 from ${table('queue_message')} where queue_id = ${id} for update`);
    const acking = delivery?.ack();
    expect(await reader.pull(1, { waitMs: 1_000 })).toEqual([]);
    await client.query('commit');
    await acking;
    expect(await reader.pull(1, { waitMs: 500 })).toEqual([]);
  });

  test('a publisher that stops in its transaction holds up publishers of its queues, and no reader', async () => {
    const { transport, client, table, reader } = await slow();
    await publishAll(transport, [envelope('before')]);
    await client.query('begin');
    await client.query(
      `select * from ${table('queue_publish')}('{late}', '{/}', '{t}', array['{}'], array[null], 'x', '{1}', '{1}')`,
    );
    expect(await drain(reader)).toEqual(['before']);
    await client.query('rollback');
    await publishAll(transport, [envelope('after')]);
    expect(await drain(reader)).toEqual(['after']);
  });
});
