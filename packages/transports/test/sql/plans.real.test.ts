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
      expect(await costs.drain(10)).toBe(5_000);
      // Beyond the lease, and the second that a clock may be set back.
      await costs.client.query('select pg_sleep(3.2)');
      await costs.fill(200);
      await costs.pull(100, 50);
      expect((await costs.pull(100, 50)).pages).toBeLessThan(40);
      await old.query('rollback');
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
  },
  120_000,
);
