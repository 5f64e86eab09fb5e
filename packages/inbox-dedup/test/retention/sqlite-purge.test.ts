import { setImmediate as turn } from 'node:timers/promises';
import { SystemClock } from '@holdfast/core';
import { Migrator } from '@holdfast/sql';
import { BetterSqlite3TransactionRunner } from '@holdfast/sql/better-sqlite3';
import { sqliteTestDatabase } from '@holdfast/sql/testing';
import { expect, onTestFinished, test } from 'vitest';
import { InboxHousekeeper } from '../../src/housekeeping/inbox-housekeeper.ts';
import { InboxUpkeep } from '../../src/housekeeping/inbox-upkeep.ts';
import { sqliteInboxMigrations } from '../../src/sqlite/migrations.ts';
import { SqliteRetentionStore } from '../../src/sqlite/sqlite-retention-store.ts';

const DAY = 86_400_000;

async function sqliteRetention() {
  const opened = sqliteTestDatabase();
  onTestFinished(() => opened.drop());
  opened.handle.pragma('synchronous = OFF');
  await new Migrator({ database: opened.database, names: opened.names, sets: [sqliteInboxMigrations] }).up();
  const insert = opened.handle.prepare(
    "insert into holdfast_inbox values (?, '/orders', ?, x'00', cast(unixepoch('subsec') * 1000 as integer) - ?)",
  );
  return {
    ...opened,
    store: new SqliteRetentionStore(opened.names),
    executor: new BetterSqlite3TransactionRunner(opened.open()),
    fill: opened.handle.transaction((consumer: string, { count, ageDays }: { count: number; ageDays: number }) => {
      for (let n = 0; n < count; n += 1) insert.run(consumer, `${n}`, ageDays * DAY - n);
    }),
    count: (consumer: string) =>
      opened.handle.prepare('select count(*) from holdfast_inbox where consumer = ?').pluck().get(consumer),
  };
}

test('other connections write between the chunks of a purge', async () => {
  const { store, executor, fill, count, open } = await sqliteRetention();
  fill('payment', { count: 2_000, ageDays: 20 });
  await store.report(executor, { consumer: 'payment', instance: 'one', oldestAgeMs: 0 });
  const upkeep = new InboxUpkeep({
    consumer: 'payment',
    instance: 'one',
    store: { dialect: 'sqlite', retention: store },
    transactions: executor,
    clock: new SystemClock(),
  });
  const housekeeper = new InboxHousekeeper({ inbox: { upkeep, releaseReady: async () => 0 } });
  const other = open();
  // It does not wait: a lock that is held while the purge rests makes it fail.
  other.pragma('busy_timeout = 0');
  const write = other.prepare("insert into holdfast_inbox values ('mail', '/orders', ?, x'00', 0)");
  const left: unknown[] = [];
  let isDone = false;
  const purging = housekeeper.runOnce().finally(() => {
    isDone = true;
  });
  for (let n = 0; !isDone; n += 1) {
    write.run(`${n}`);
    left.push(count('payment'));
    await turn();
  }
  await purging;
  expect(count('payment')).toBe(0);
  expect(left.every((rows) => Number(rows) % 200 === 0)).toBe(true);
  expect(new Set(left).size).toBeGreaterThan(5);
  await housekeeper.stop();
});

test('a purge that finds nothing takes no write lock', async () => {
  const { store, executor, fill, open } = await sqliteRetention();
  fill('payment', { count: 10, ageDays: 1 });
  await store.report(executor, { consumer: 'payment', instance: 'one', oldestAgeMs: 0 });
  const writer = open();
  writer.exec('begin immediate');
  const request = { consumer: 'payment', rows: 'records', retentionMs: 15 * DAY, limit: 100, from: null } as const;
  expect(await store.purge(executor, request)).toEqual({ removed: 0, next: null });
  writer.exec('rollback');
});

test('what is due, and the oldest record, are found by the age index', async () => {
  const { store, executor, handle, fill } = await sqliteRetention();
  fill('payment', { count: 1_000, ageDays: 20 });
  const plans: string[] = [];
  const explaining = {
    async execute({ text, values }: { text: string; values: readonly unknown[] }) {
      const plan = handle
        .prepare(`explain query plan ${text}`)
        .all(Object.fromEntries(values.map((v, n) => [n + 1, v])));
      plans.push((plan as { detail: string }[]).map(({ detail }) => detail).join('\n'));
      return executor.execute({ text, values });
    },
  };
  await store.report(executor, { consumer: 'payment', instance: 'one', oldestAgeMs: 0 });
  const request = { consumer: 'payment', rows: 'records', retentionMs: 15 * DAY, limit: 100, from: null } as const;
  expect((await store.purge(explaining, request)).removed).toBe(100);
  await store.stats(explaining, 'payment');
  expect(plans).toHaveLength(3);
  for (const plan of plans) {
    expect(plan).toContain('INDEX holdfast_inbox_by_age (consumer=?');
    expect(plan).not.toMatch(/SCAN holdfast_inbox\b/);
    expect(plan).not.toContain('TEMP B-TREE');
  }
});
