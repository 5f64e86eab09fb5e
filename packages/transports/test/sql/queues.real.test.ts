import { setTimeout } from 'node:timers/promises';
import { Migrator } from '@holdfast/sql';
import { postgresQueueMigrations, type SqlTransport, sqliteQueueMigrations } from '@holdfast/transports/sql';
import { describe, expect, test } from 'vitest';
import { envelope, envelopes } from '../envelopes.ts';
import { ackAll, databases, drain, idsOf, openQueues, publishAll } from './queues.ts';

const leaseMs = 30_000;

describe.each(databases)('queues on %s', (kind) => {
  test('several processes may declare the same queue at once', async () => {
    const queues = await openQueues(kind);
    const transports = Array.from({ length: 8 }, () => queues.connect());
    await Promise.all(transports.map((transport) => transport.check()));
    for (const queue of ['payment', 'mail', 'audit', 'stock']) {
      const declaration = { queue, types: ['order.placed', 'order.paid'], leaseMs };
      await Promise.all(transports.map((transport) => transport.declare(declaration)));
    }
    const transport = queues.connect();
    await publishAll(transport, envelopes(3));
    expect(await drain(transport.reader('payment'))).toEqual(['m0', 'm1', 'm2']);
    await publishAll(transport, [envelope('m3')]);
    expect(await drain(transport.reader('payment'))).toEqual(['m3']);
  });

  test('a queue that is declared with another order is refused with the name of the property', async () => {
    const queues = await openQueues(kind);
    const declaration = { queue: 'payment', types: ['*'], leaseMs };
    await queues.connect().declare({ ...declaration, order: 'key' });
    const mismatch = { code: 'ERR_TRANSPORTS_QUEUE_MISMATCH', property: 'order', existing: 'key', declared: 'none' };
    await expect(queues.connect().declare(declaration)).rejects.toMatchObject(mismatch);
  });

  test('a queue and a dead-letter queue cannot have the same name', async () => {
    const transport = (await openQueues(kind)).connect();
    await transport.declare({ queue: 'payment', types: ['*'], deadLetterQueue: 'dead' });
    const mismatch = { code: 'ERR_TRANSPORTS_QUEUE_MISMATCH' };
    await expect(transport.declare({ queue: 'dead', types: ['a'] })).rejects.toMatchObject(mismatch);
    const other = { queue: 'mail', types: ['a'], deadLetterQueue: 'payment' };
    await expect(transport.declare(other)).rejects.toMatchObject(mismatch);
    await transport.declare({ queue: 'mail', types: ['a'], deadLetterQueue: 'dead' });
  });

  test('a binding that another process adds is known to the next publish', async () => {
    const queues = await openQueues(kind);
    const [sender, other] = [queues.connect(), queues.connect()];
    await sender.declare({ queue: 'payment', types: ['order.placed'], leaseMs });
    const [unheard] = await sender.publish([envelope('m0', { type: 'order.paid' })]);
    expect(unheard).toEqual({ outcome: 'rejected', reason: 'No queue binds type "order.paid".' });
    await other.declare({ queue: 'mail', types: ['order.paid'], leaseMs });
    await publishAll(sender, [envelope('m1', { type: 'order.paid' })]);
    expect(await drain(other.reader('mail'))).toEqual(['m1']);
  });

  test('tables that are missing or newer are refused, and publish says that it is unavailable', async () => {
    const queues = await openQueues(kind);
    const sets = [kind === 'SQLite' ? sqliteQueueMigrations : postgresQueueMigrations];
    await new Migrator({ database: queues.openDatabase(), names: queues.names, sets }).down({ set: 'queues', to: 0 });
    const transport = queues.connect();
    await expect(transport.declare({ queue: 'a', types: ['*'] })).rejects.toMatchObject({
      code: 'ERR_SQL_SCHEMA_MISMATCH',
    });
    await expect(transport.check()).rejects.toThrow('migrator.up()');
    const [receipt] = await transport.publish([envelope('m')]);
    expect(receipt).toMatchObject({ outcome: 'unavailable', reason: expect.stringContaining('does not fit') });
  });

  test('what came back and what is new take turns, so that neither starves the other', async () => {
    const transport = (await openQueues(kind)).connect();
    await transport.declare({ queue: 'payment', types: ['*'], leaseMs });
    await publishAll(transport, envelopes(20));
    const reader = transport.reader('payment');
    for (const delivery of await reader.pull(10, { waitMs: 0 })) await delivery.retry(0);
    const counts: number[] = [];
    for (let pull = 0; pull < 8; pull += 1) {
      const [delivery] = await reader.pull(1, { waitMs: 0 });
      counts.push(delivery?.deliveryCount ?? 0);
    }
    expect(counts.filter((count) => count === 1).length).toBeGreaterThanOrEqual(3);
    expect(counts.filter((count) => count === 2).length).toBeGreaterThanOrEqual(3);
    const mixed = await reader.pull(6, { waitMs: 0 });
    expect(new Set(mixed.map(({ deliveryCount }) => deliveryCount))).toEqual(new Set([1, 2]));
  });

  test('readers of several transports on one database object are woken by a publish, and do not wait for a poll', async () => {
    const queues = await openQueues(kind);
    const database = queues.openDatabase();
    const slow = { database, pollMinMs: 60_000, pollMaxMs: 60_000 };
    const [sender, receiver] = [queues.connect(slow), queues.connect(slow)];
    await sender.declare({ queue: 'payment', types: ['*'], leaseMs });
    const pull = receiver.reader('payment').pull(1, { waitMs: 20_000 });
    await expect(receiver.reader('payment').pull(1, { waitMs: 0 })).resolves.toEqual([]);
    await publishAll(sender, [envelope('m')]);
    expect(idsOf(await pull)).toEqual(['m']);
  });

  test('waiting pulls of one queue share one poll, and each gets no more than it asked for', async () => {
    const queues = await openQueues(kind);
    const [sender, receiver] = [queues.connect(), queues.connect()];
    await sender.declare({ queue: 'payment', types: ['*'], leaseMs });
    const pulls = [1, 2, 3].map((max) => receiver.reader('payment').pull(max, { waitMs: 10_000 }));
    await publishAll(sender, envelopes(6));
    expect((await Promise.all(pulls)).map(idsOf)).toEqual([['m0'], ['m1', 'm2'], ['m3', 'm4', 'm5']]);
  });

  test('what was taken for a pull that was aborted meanwhile goes to the next one, and is not counted', async () => {
    const transport = (await openQueues(kind)).connect();
    await transport.declare({ queue: 'payment', types: ['*'], leaseMs });
    await publishAll(transport, envelopes(3));
    const reader = transport.reader('payment');
    await reader.pull(1, { waitMs: 0 });
    const controller = new AbortController();
    const aborted = reader.pull(2, { waitMs: 10_000, signal: controller.signal });
    await Promise.resolve();
    await Promise.resolve();
    controller.abort();
    expect(await aborted).toEqual([]);
    const again = await reader.pull(2, { waitMs: 5_000 });
    expect(again.map(({ envelope: { id }, deliveryCount }) => [id, deliveryCount])).toEqual([
      ['m1', 1],
      ['m2', 1],
    ]);
  });

  test('one delivery of a batch is extended alone, the others come back at their time', async () => {
    const queues = await openQueues(kind);
    const transport = queues.connect();
    await transport.declare({ queue: 'payment', types: ['*'], leaseMs: 400 });
    await publishAll(transport, envelopes(3));
    const [first, second, third] = await transport.reader('payment').pull(3, { waitMs: 0 });
    await second?.extend(60_000);
    await third?.ack();
    const again = await transport.reader('payment').pull(3, { waitMs: 5_000 });
    expect(idsOf(again)).toEqual(['m0']);
    await expect(first?.ack()).rejects.toMatchObject({ code: 'ERR_CORE_LEASE_LOST' });
    await second?.ack();
    await ackAll(again);
    await setTimeout(500);
    expect(await transport.reader('payment').pull(3, { waitMs: 0 })).toEqual([]);
  });

  test('times that are no whole numbers of milliseconds, as backoff with jitter has them, are kept', async () => {
    const queues = await openQueues(kind);
    const transport = queues.connect();
    await transport.declare({ queue: 'payment', types: ['*'], leaseMs });
    await publishAll(transport, envelopes(3));
    const reader = transport.reader('payment');
    const [first, second, third] = await reader.pull(3, { waitMs: 0 });
    await Promise.all([first?.extend(20_000.3), second?.retry(0.1), third?.retry(86_400_000_000.7)]);
    await first?.extend(30_000.5);
    expect(idsOf(await reader.pull(3, { waitMs: 5_000 }))).toEqual(['m1']);
    expect(await transport.stats('payment')).toMatchObject({ leased: 2, delayed: 1 });
  });

  test('a queue whose claims are lost, as in a restored database that was cut short, is delivered from its start', async () => {
    const queues = await openQueues(kind);
    const transport = queues.connect();
    await transport.declare({ queue: 'payment', types: ['*'], leaseMs, order: 'key' });
    await publishAll(transport, envelopes(4));
    const [first, second] = await transport.reader('payment').pull(3, { waitMs: 0 });
    await first?.ack();
    const database = queues.openDatabase();
    const statement = { text: `delete from ${queues.names.table('queue_claim')}`, values: [] };
    await (database.dialect === 'sqlite' ? database.executeSync(statement) : database.execute(statement));
    await expect(second?.ack()).rejects.toMatchObject({ code: 'ERR_CORE_LEASE_LOST' });
    expect(await transport.stats('payment')).toMatchObject({ ready: 3, leased: 0 });
    expect(await drain(transport.reader('payment'), 2)).toEqual(['m1', 'm2', 'm3']);
  });

  test('what is handed back from the middle of a batch comes again after the rest of the batch was acked', async () => {
    const transport = (await openQueues(kind)).connect();
    await transport.declare({ queue: 'payment', types: ['*'], leaseMs });
    await publishAll(transport, envelopes(5));
    const reader = transport.reader('payment');
    const [zero, one, two, three, four] = await reader.pull(5, { waitMs: 0 });
    await two?.retry(0);
    await Promise.all([zero, one, three, four].map((delivery) => delivery?.ack()));
    expect(await drain(reader)).toEqual(['m2']);
  });

  test('attributes with any name and text arrive as they were sent', async () => {
    const transport = (await openQueues(kind)).connect();
    await transport.declare({ queue: 'payment', types: ['*'], leaseMs });
    const attributes = Object.assign(Object.create(null), { 'Not allowed': 'x\0\ud800', constructor: 'y' });
    await publishAll(transport, [{ ...envelope('odd'), attributes }]);
    const [odd] = await transport.reader('payment').pull(1, { waitMs: 0 });
    expect({ ...odd?.envelope.attributes }).toEqual({ ...attributes });
  });
});

describe.each(databases)('dead letters on %s', (kind) => {
  async function withThreeDead(): Promise<SqlTransport> {
    const transport = (await openQueues(kind)).connect();
    await transport.declare({ queue: 'payment', types: ['*'], leaseMs });
    await publishAll(transport, envelopes(5, { key: 'k' }));
    const deliveries = await transport.reader('payment').pull(5, { waitMs: 0 });
    for (const [index, delivery] of deliveries.slice(0, 3).entries()) await delivery.deadLetter(`reason ${index}`);
    await deliveries[3]?.retry(60_000);
    return transport;
  }

  test('they are listed as they were sent, with what became of them', async () => {
    const transport = await withThreeDead();
    const letters = await transport.deadLetters('payment');
    expect(letters.map((letter) => [letter.envelope.id, letter.reason, letter.queue, letter.deliveryCount])).toEqual([
      ['m0', 'reason 0', 'payment', 1],
      ['m1', 'reason 1', 'payment', 1],
      ['m2', 'reason 2', 'payment', 1],
    ]);
    expect({ ...letters[0]?.envelope }).toMatchObject({ ...envelope('m0', { key: 'k' }), body: expect.anything() });
    expect(await transport.deadLetters('payment', { max: 2 })).toHaveLength(2);
  });

  test('redriven ones are delivered again as they were sent; those that a reader holds stay', async () => {
    const transport = await withThreeDead();
    const [held] = await transport.reader('payment.dead-letter').pull(1, { waitMs: 0 });
    expect(held?.envelope.id).toBe('m0');
    expect(idsOf([])).toEqual([]);
    expect(await transport.redrive('payment', { where: ({ reason }) => reason !== 'reason 1' })).toBe(1);
    const [again] = await transport.reader('payment').pull(5, { waitMs: 0 });
    expect(again?.envelope.id).toBe('m2');
    expect(Object.keys(again?.envelope.attributes ?? {})).toEqual([]);
    expect(again?.deliveryCount).toBe(1);
  });

  test('a dead letter that is dead-lettered again stays, with the new reason and the queue that it came from', async () => {
    const transport = await withThreeDead();
    const [letter] = await transport.reader('payment.dead-letter').pull(1, { waitMs: 0 });
    await letter?.deadLetter('again');
    const letters = await transport.deadLetters('payment');
    expect(letters.map(({ envelope: { id }, reason, queue }) => [id, reason, queue])).toContainEqual([
      'm0',
      'again',
      'payment',
    ]);
    expect(letters).toHaveLength(3);
  });

  test('figures tell what is ready, leased, delayed and dead, and how old the oldest is', async () => {
    const transport = await withThreeDead();
    await publishAll(transport, envelopes(7));
    const stats = await transport.stats('payment');
    expect(stats).toMatchObject({ ready: 7, leased: 1, delayed: 1, dead: 3 });
    expect(stats.oldestAgeMs).toBeGreaterThanOrEqual(0);
    expect(await transport.stats('payment.dead-letter')).toMatchObject({ ready: 3, leased: 0, delayed: 0, dead: 0 });
    await expect(transport.stats('nobody')).rejects.toMatchObject({ code: 'ERR_TRANSPORTS_UNKNOWN_QUEUE' });
  });
});

describe.each(databases)('queues with order on %s', (kind) => {
  test('one message per key at a time, each after the one before is settled, whoever reads', async () => {
    const queues = await openQueues(kind);
    const [sender, one, other] = [queues.connect(), queues.connect(), queues.connect()];
    await sender.declare({ queue: 'payment', types: ['*'], leaseMs, order: 'key' });
    await publishAll(sender, [
      envelope('a0', { key: 'a' }),
      envelope('a1', { key: 'a' }),
      envelope('b0', { key: 'b' }),
      envelope('free0'),
      envelope('a2', { key: 'a' }),
      envelope('free1'),
    ]);
    const first = await one.reader('payment').pull(10, { waitMs: 0 });
    expect(idsOf(first)).toEqual(['a0', 'b0', 'free0', 'free1']);
    expect(await other.reader('payment').pull(10, { waitMs: 0 })).toEqual([]);
    await publishAll(sender, [envelope('a3', { key: 'a' }), envelope('b1', { key: 'b' })]);
    await first[0]?.ack();
    const second = await other.reader('payment').pull(10, { waitMs: 0 });
    expect(idsOf(second)).toEqual(['a1']);
    await first[1]?.deadLetter('poison');
    await second[0]?.retry(0);
    expect(idsOf(await one.reader('payment').pull(10, { waitMs: 0 })).sort()).toEqual(['a1', 'b1']);
    expect(await sender.stats('payment')).toMatchObject({ ready: 2, leased: 4, delayed: 0, dead: 1 });
  });

  test('a message with a delay holds back its key, and no other', async () => {
    const transport = (await openQueues(kind)).connect();
    await transport.declare({ queue: 'payment', types: ['*'], leaseMs, order: 'key' });
    await publishAll(transport, [
      envelope('a0', { key: 'a' }),
      envelope('a1', { key: 'a' }),
      envelope('b0', { key: 'b' }),
    ]);
    const reader = transport.reader('payment');
    const [delayed, other] = await reader.pull(10, { waitMs: 0 });
    await delayed?.retry(300);
    await other?.ack();
    expect(await reader.pull(10, { waitMs: 0 })).toEqual([]);
    const [again] = await reader.pull(10, { waitMs: 5_000 });
    expect([again?.envelope.id, again?.deliveryCount]).toEqual(['a0', 2]);
    await again?.ack();
    expect(await drain(reader)).toEqual(['a1']);
  });

  test('everything is delivered in the order of its key, with many keys and deliveries that come back', async () => {
    const queues = await openQueues(kind);
    const transport = queues.connect();
    await transport.declare({ queue: 'payment', types: ['*'], leaseMs, order: 'key' });
    const sent = Array.from({ length: 600 }, (_, index) => envelope(`${index}`, { key: `k${index % 37}` }));
    await publishAll(transport, sent);
    const byKey = new Map<string | null, string[]>();
    const readers = [transport, queues.connect(), queues.connect()].map((one) => one.reader('payment'));
    let turn = 0;
    for (let left = sent.length; left > 0; ) {
      const deliveries = (await Promise.all(readers.map((reader) => reader.pull(20, { waitMs: 1_000 })))).flat();
      const keys = deliveries.map(({ envelope: { key } }) => key);
      expect(new Set(keys).size).toBe(keys.length);
      for (const delivery of deliveries) {
        turn += 1;
        if (turn % 7 === 0) await delivery.retry(0);
        else {
          const { id, key } = delivery.envelope;
          byKey.set(key, [...(byKey.get(key) ?? []), id]);
          await delivery.ack();
          left -= 1;
        }
      }
    }
    for (const [key, ids] of byKey) {
      expect(ids).toEqual(sent.filter((one) => one.key === key).map(({ id }) => id));
    }
  });
});
