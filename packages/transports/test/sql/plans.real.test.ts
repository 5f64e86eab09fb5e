import { describe, expect, onTestFinished, test } from 'vitest';
import { QueueCosts } from './queue-costs.ts';

/** A tree of a larger table may be one page higher, for each message. */
const SLACK = 1.4;

// Plans are kept by a session, and these were made while the queue was empty; nothing is analyzed or vacuumed.
describe.each([15, 18] as const)(
  'what a pull and an ack touch on PostgreSQL %i',
  (version) => {
    test('with a backlog of 200,000 it is what it is with one of 1,000', async () => {
      const costs = await QueueCosts.open(version, 'none');
      await costs.fill(1_000);
      const few = await costs.pull(100, 10);
      const fewAcked = await costs.ack(few);
      await costs.fill(200_000);
      const many = await costs.pull(100, 10);
      expect(many.positions).toHaveLength(100);
      expect(many.pages).toBeLessThanOrEqual(few.pages * SLACK);
      expect(await costs.ack(many)).toBeLessThanOrEqual(fewAcked * SLACK);
    });

    test('200,000 messages that were settled cost it nothing, also while a transaction is open that may still see them', async () => {
      const costs = await QueueCosts.open(version, 'none');
      const old = await costs.queues.postgres.pool.connect();
      onTestFinished(() => old.release());
      await old.query('begin isolation level repeatable read');
      await old.query('select 1 from pg_class');
      await costs.fill(1_000);
      const before = await costs.pull(100, 50);
      const beforeAcked = await costs.ack(before);
      await costs.fill(200_000);
      expect(await costs.drain(1_000)).toBe(200_900);
      await costs.fill(1_000);
      const after = await costs.pull(100, 50);
      expect(after.positions).toHaveLength(100);
      // What came back within the last second may be looked for among what was settled in it.
      expect(after.pages).toBeLessThanOrEqual(before.pages * SLACK + 30);
      expect(await costs.ack(after)).toBeLessThanOrEqual(beforeAcked * SLACK);
      await old.query('rollback');
    });

    test('claims that were settled and whose time has come cost it nothing either', async () => {
      const costs = await QueueCosts.open(version, 'none', 2_000);
      const old = await costs.queues.postgres.pool.connect();
      onTestFinished(() => old.release());
      await old.query('begin isolation level repeatable read');
      await old.query('select 1 from pg_class');
      await costs.fill(5_000);
      expect(await costs.drain(4)).toBe(5_000);
      // Beyond the lease, and the second that a clock may be set back.
      await costs.client.query('select pg_sleep(3.2)');
      await costs.fill(200);
      await costs.pull(100, 50);
      expect((await costs.pull(100, 50)).pages).toBeLessThan(40);
      await old.query('rollback');
    });

    test('a pull says where the next one has to begin: a second ago, and at the oldest message that is not settled', async () => {
      const costs = await QueueCosts.open(version, 'key');
      await costs.fill(5, "'k' || n");
      await costs.ack(await costs.pull(2, 1));
      const { positions } = await costs.pull(2, 1);
      const { table } = costs.queues;
      const { rows } = await costs.client.query(
        `select p.source::float8 - extract(epoch from clock_timestamp()) * 1000 as ago, p.type as low
         from ${table('queue')} q, ${table('queue_pull')}(q.id, true, 9, 1, 60000, null, 0) p where q.name = 'costs' limit 1`,
      );
      expect(Number(rows[0].ago)).toBeLessThan(-999);
      expect(Number(rows[0].ago)).toBeGreaterThan(-2_000);
      expect(rows[0].low).toBe(positions[0]);
    });

    test('a queue with order costs the same with 100,000 keys as with 100', async () => {
      const costs = await QueueCosts.open(version, 'key');
      await costs.fill(1_000, "'k' || n % 100");
      const few = await costs.pull(50, 10);
      const fewAcked = await costs.ack(few);
      await costs.drain(100);
      await costs.fill(100_000, "'key' || n");
      const many = await costs.pull(50, 10);
      expect(many.positions).toHaveLength(50);
      expect(many.pages).toBeLessThanOrEqual(few.pages * SLACK);
      expect(await costs.ack(many)).toBeLessThanOrEqual(fewAcked * SLACK);
    });

    test('one key with 100,000 messages that wait is passed once, 2,500 messages at most in one pull, and never walked again', async () => {
      const costs = await QueueCosts.open(version, 'key');
      await costs.fill(100_000, "'hot'");
      const first = await costs.pull(50, 10);
      expect(first.positions).toHaveLength(1);
      const passing: number[] = [];
      do passing.push((await costs.pull(50, 10)).pages);
      while ((passing.at(-1) ?? 0) > 40 && passing.length < 100);
      expect(passing.length).toBeLessThan(60);
      expect(Math.max(...passing)).toBeLessThan(400);
      let held = first;
      for (let round = 0; round < 50; round += 1) {
        expect(await costs.ack(held)).toBeLessThan(60);
        const next = await costs.pull(50, 10);
        expect(next.positions).toHaveLength(1);
        expect(next.positions[0]).not.toBe(held.positions[0]);
        expect(next.pages).toBeLessThan(60);
        held = next;
      }
    });

    test('the next message of a key is found at once, however many of other keys are between', async () => {
      const costs = await QueueCosts.open(version, 'key');
      // The plans are made again, when a key says nothing and a queue much.
      await costs.fill(5_000, "'hot'");
      await costs.client.query(
        `insert into ${costs.queues.table('queue_message')} (queue_id, id, source, type, attributes, body)
         select 1000 + n, 'm', '/test', 'a', '{}', '' from generate_series(1, 5000) n`,
      );
      await costs.client.query(`analyze ${costs.queues.table('queue_message')}`);
      for (let round = 0; round < 3; round += 1) await costs.ack(await costs.pull(50, 10));
      await costs.client.query(`delete from ${costs.queues.table('queue_message')}`);
      await costs.client.query(`delete from ${costs.queues.table('queue_claim')} where leased`);
      await costs.fill(1, "'rare'");
      await costs.fill(5_000, "'hot'");
      await costs.fill(1, "'rare'");
      const first = await costs.pull(50, 10);
      expect(first.positions).toHaveLength(2);
      for (let passing = 0; passing < 3; passing += 1) await costs.pull(50, 10);
      expect(await costs.ack(first)).toBeLessThan(100);
      expect((await costs.pull(50, 10)).positions).toHaveLength(2);
    });

    test('that a key is busy is seen at once, however many of it were settled under an open transaction', async () => {
      const costs = await QueueCosts.open(version, 'key');
      await costs.fill(1, "'slow'");
      await costs.pull(50, 10);
      const old = await costs.queues.postgres.pool.connect();
      onTestFinished(() => old.release());
      await old.query('begin isolation level repeatable read');
      await old.query('select 1 from pg_class');
      await costs.fill(5_000, "'hot'");
      await costs.client.query(`delete from ${costs.queues.table('queue_message')} where key = 'hot'`);
      await costs.fill(1, "'hot'");
      expect((await costs.pull(50, 10)).positions).toHaveLength(1);
      await costs.fill(3, "'hot'");
      expect((await costs.pull(50, 10)).pages).toBeLessThan(60);
      await old.query('rollback');
    });
  },
  120_000,
);
