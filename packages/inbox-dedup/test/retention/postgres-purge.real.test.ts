import { describe, expect, onTestFinished, test } from 'vitest';
import { ExplainingExecutor, postgresRetention } from './postgres-retention.ts';

const DAY = 86_400_000;
const AGE_INDEX = 'holdfast_inbox_by_age';
const request = { rows: 'records', retentionMs: 15 * DAY, limit: 1_000, from: null } as const;

describe.each([15, 18] as const)('PostgreSQL %i', (version) => {
  test('the purge finds its head by the age index, also when nothing is due or a lagging consumer keeps everything', {
    timeout: 90_000,
  }, async () => {
    const world = await postgresRetention(version);
    const { pool, database, store, fill } = world;
    await fill('lagging', { count: 150_000, ageDays: 40 });
    await fill('busy', { count: 150_000, ageDays: 5 });
    await fill('due', { count: 20_000, ageDays: 20 });
    await store.report(database, { consumer: 'lagging', instance: 'one', oldestAgeMs: 60 * DAY });
    for (const consumer of ['busy', 'due']) {
      await store.report(database, { consumer, instance: 'one', oldestAgeMs: 0 });
    }
    const prove = async (consumers: readonly string[], when: string) => {
      for (const consumer of consumers) {
        const explaining = new ExplainingExecutor(pool);
        await store.purge(explaining, { ...request, consumer });
        await store.stats(explaining, consumer);
        const [purge, stats] = explaining.explained;
        expect({ when, consumer, indexes: purge!.indexes }).toEqual({ when, consumer, indexes: [AGE_INDEX] });
        expect(purge!.buffers).toBeLessThan(consumer === 'due' ? 10_000 : 60);
        expect({ when, consumer, indexes: stats!.indexes }).toEqual({ when, consumer, indexes: [AGE_INDEX] });
        expect(stats!.buffers).toBeLessThan(60);
      }
    };
    // What is due has been there for the retention: it is analyzed by then.
    await prove(['lagging', 'busy', 'new'], 'never analyzed');
    await pool.query('analyze holdfast_inbox');
    await prove(['lagging', 'busy', 'new', 'due'], 'analyzed');
    expect(await world.count('lagging')).toBe(150_000);
  });

  test('a chunk costs the same after many others, also while an old transaction keeps what they removed', {
    timeout: 90_000,
  }, async () => {
    const { pool, database, store, fill, count } = await postgresRetention(version);
    await fill('due', { count: 60_000, ageDays: 20 });
    await store.report(database, { consumer: 'due', instance: 'one', oldestAgeMs: 0 });
    await pool.query('analyze holdfast_inbox');
    const old = await pool.connect();
    onTestFinished(() => old.release(true));
    await old.query('begin isolation level repeatable read');
    await old.query('select count(*) from holdfast_inbox');
    const costs: number[] = [];
    let from: string | null = null;
    for (let chunk = 0; chunk < 50; chunk += 1) {
      if (chunk === 1 || chunk === 49) {
        const explaining = new ExplainingExecutor(pool);
        await store.purge(explaining, { ...request, consumer: 'due', from });
        costs.push(explaining.explained[0]!.buffers);
      }
      const purged = await store.purge(database, { ...request, consumer: 'due', from });
      expect(purged.removed).toBe(1_000);
      from = purged.next;
    }
    // Pages of records that were removed, walked over again, would come on top.
    expect(costs[1]! - costs[0]!).toBeLessThan(200);
    expect(await count('due')).toBe(10_000);
  });

  test('the purge passes over rows that others have locked, and takes them later', async () => {
    const { pool, database, store, fill, count } = await postgresRetention(version);
    await fill('due', { count: 100, ageDays: 20 });
    await store.report(database, { consumer: 'due', instance: 'one', oldestAgeMs: 0 });
    const writer = await pool.connect();
    await writer.query('begin');
    await writer.query(
      'delete from holdfast_inbox where id in (select id from holdfast_inbox order by received_at limit 10)',
    );
    expect((await store.purge(database, { ...request, consumer: 'due' })).removed).toBe(90);
    await writer.query('rollback');
    writer.release();
    expect(await count('due')).toBe(10);
    expect((await store.purge(database, { ...request, consumer: 'due' })).removed).toBe(10);
  });

  test('writers do not wait for a purge that has not committed', async () => {
    const { pool, database, store, fill } = await postgresRetention(version);
    await fill('due', { count: 100, ageDays: 20 });
    await fill('due', { count: 100, ageDays: 1 });
    await store.report(database, { consumer: 'due', instance: 'one', oldestAgeMs: 0 });
    const purging = await pool.connect();
    await purging.query('begin');
    const inTransaction = {
      execute: async ({ text, values }: { text: string; values: readonly unknown[] }) => {
        const { rows, rowCount } = await purging.query(text, [...values]);
        return { rows, rowCount: rowCount ?? 0 };
      },
    };
    expect((await store.purge(inTransaction, { ...request, consumer: 'due' })).removed).toBe(100);
    const writer = await pool.connect();
    await writer.query("set lock_timeout = '5s'");
    const insert =
      'insert into holdfast_inbox (consumer, source, id, digest) select $1, source, id, digest from holdfast_inbox ' +
      'where received_at > $2 on conflict do nothing';
    const recent = new Date(Date.now() - 2 * DAY);
    // Duplicates of what is kept, new ones, and one that is not there at all.
    expect((await writer.query(insert, ['due', recent])).rowCount).toBe(0);
    expect((await writer.query(insert, ['new', recent])).rowCount).toBe(100);
    await store.report(database, { consumer: 'due', instance: 'one', oldestAgeMs: 0 });
    await purging.query('commit');
    purging.release();
    writer.release();
  });
});
