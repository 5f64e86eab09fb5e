import { Migrator, type SqliteDatabase, type SyncSqlExecutor, sqliteLeaseMigrations, TableNames } from '@holdfast/sql';
import { BetterSqlite3Transactions } from '@holdfast/sql/better-sqlite3';
import { sqliteTestDatabase } from '@holdfast/sql/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { laneHash } from '../../../src/sqlite/lane-hash.ts';
import { sqliteOutboxMigrations } from '../../../src/sqlite/migrations.ts';
import { SqliteOutboxStore } from '../../../src/sqlite/sqlite-outbox-store.ts';
import type { LogRecord } from '../../../src/store/log-record.ts';

const sets = [sqliteLeaseMigrations, sqliteOutboxMigrations];
let file: ReturnType<typeof sqliteTestDatabase>;

beforeEach(() => {
  file = sqliteTestDatabase();
  file.handle.pragma('synchronous = OFF');
  file.handle.pragma('busy_timeout = 10');
});

afterEach(() => file.drop());

async function migrated(names = new TableNames()): Promise<SqliteOutboxStore> {
  await new Migrator({ database: file.database, names, sets }).up();
  return new SqliteOutboxStore({ database: file.database, names });
}

function records(count: number): readonly LogRecord[] {
  return Array.from({ length: count }, (_, index) => ({
    envelope: { id: `m${index}`, source: '/orders', type: 't', key: null, attributes: {}, body: Buffer.from('body') },
    destination: 'default',
    delayMs: 0,
  }));
}

function send(store: SqliteOutboxStore, count: number): void {
  const handle = file.open();
  handle.transaction(() => store.appendSync(new BetterSqlite3Transactions().executor(handle), records(count)))();
  handle.close();
}

async function relayAll(store: SqliteOutboxStore): Promise<number> {
  const claim = await store.lanes.claim(0, 1n);
  if (claim === null) throw new Error('fenced');
  const { entries, end } = await store.lanes.read(claim, claim.cursor, 100_000);
  await store.lanes.settle(claim, { cursor: end, parked: [] });
  return entries.length;
}

function age(): void {
  file.handle.exec('update holdfast_outbox_log set created_at = created_at - 3601000');
}

test('the hash that decides the lane of a key stays what it is', () => {
  expect(['', 'a', 'b', 'customer-1', '😀'].map(laneHash)).toMatchInlineSnapshot(`
    [
      2872998923,
      444641715,
      2193908274,
      3902211816,
      1787143206,
    ]
  `);
});

test('one append takes more records than one statement has room for', async () => {
  const store = await migrated();
  send(store, 2_500);
  expect(await relayAll(store)).toBe(2_500);
});

test('rotation deletes at most 1,000 entries in one transaction', async () => {
  const store = await migrated();
  send(store, 2_500);
  await relayAll(store);
  age();
  const left = () => (file.handle.prepare('select count(*) as n from holdfast_outbox_log').get() as { n: number }).n;
  for (const remaining of [1_500, 500, 0]) {
    expect(await store.housekeeping.rotate()).toEqual({ freed: true, reason: 'freed' });
    expect(left()).toBe(remaining);
  }
  expect(await store.housekeeping.rotate()).toEqual({ freed: false, reason: 'nothing' });
});

test('rotation says that it is locked out while another connection writes', async () => {
  const store = await migrated();
  send(store, 5);
  await relayAll(store);
  age();
  const writer = file.open();
  writer.exec('begin immediate');
  expect(await store.housekeeping.rotate()).toEqual({ freed: false, reason: 'locked' });
  writer.exec('rollback');
  expect(await store.housekeeping.rotate()).toEqual({ freed: true, reason: 'freed' });
});

test('entries that a clock running ahead has dated far in the future are freed', async () => {
  const store = await migrated();
  send(store, 5);
  await relayAll(store);
  file.handle.exec('update holdfast_outbox_log set created_at = created_at + 86400000');
  expect(await store.housekeeping.rotate()).toEqual({ freed: true, reason: 'freed' });
});

test('freed pages are used again: the file of a log that is freed as it is written does not grow', async () => {
  const store = await migrated();
  const pages = () => file.handle.pragma('page_count', { simple: true }) as number;
  const round = async () => {
    send(store, 1_000);
    await relayAll(store);
    age();
    while ((await store.housekeeping.rotate()).freed);
  };
  await round();
  await round();
  const before = pages();
  for (let count = 0; count < 8; count += 1) await round();
  expect(pages()).toBeLessThanOrEqual(before + 2);
});

test('positions are not given again after the newest entries were deleted', async () => {
  const store = await migrated();
  send(store, 5);
  await relayAll(store);
  age();
  await store.housekeeping.rotate();
  file.handle.exec('vacuum');
  send(store, 1);
  expect(await relayAll(store)).toBe(1);
});

test('F4.11: a log that was emptied and started anew by hand is sent from its beginning', async () => {
  const store = await migrated();
  send(store, 5);
  await relayAll(store);
  file.handle.exec("delete from holdfast_outbox_log; delete from sqlite_sequence where name = 'holdfast_outbox_log'");
  send(store, 3);
  expect(await relayAll(store)).toBe(3);
});

test('F4.11: a copy of the file carries its cursor with it', async () => {
  const store = await migrated();
  send(store, 5);
  await relayAll(store);
  send(store, 2);
  const copy = `${file.file}.copy`;
  file.handle.exec(`vacuum into '${copy}'`);
  file.handle.exec(`attach '${copy}' as restored`);
  const restored = new SqliteOutboxStore({ database: file.database, names: new TableNames({ schema: 'restored' }) });
  expect(await relayAll(restored)).toBe(2);
});

test('two outboxes with other prefixes share a file', async () => {
  const first = await migrated(new TableNames({ prefix: 'first' }));
  const second = await migrated(new TableNames({ prefix: 'second' }));
  send(first, 3);
  expect(await relayAll(second)).toBe(0);
  expect(await relayAll(first)).toBe(3);
  expect([first.name, second.name]).toEqual(['first_outbox', 'second_outbox']);
});

test('the migrations can be taken out again', async () => {
  const store = await migrated();
  send(store, 3);
  const migrator = new Migrator({ database: file.database, names: new TableNames(), sets });
  await migrator.down({ set: 'outbox', to: 0 });
  const left = file.handle.prepare("select name from sqlite_schema where name like '%outbox%'").all();
  expect(left).toEqual([]);
  await migrator.up();
});

test('what the relay runs all the time walks over no table', async () => {
  await migrated();
  const statements = new Set<string>();
  const store = new SqliteOutboxStore({ database: recording(file.database, statements), names: file.names });
  const claim = await store.lanes.claim(0, 1n);
  if (claim === null) throw new Error('fenced');
  send(store, 2);
  const { entries, end } = await store.lanes.read(claim, claim.cursor, 10);
  const parked = entries.map((entry) => ({ entry, role: 'rejected' as const, reason: 'r' }));
  await store.lanes.settle(claim, { cursor: end, parked });
  await store.parking.request({ id: 'm0' }, 'redrive');
  await store.parking.request({ key: 'k' }, 'redrive');
  await store.parking.requests(claim, 10);
  await store.parking.resolve(claim, { done: entries, refused: null });
  await store.housekeeping.promoteDelayed(10);
  age();
  await store.housekeeping.rotate();
  const scans = [...statements].filter((text) =>
    / SCAN holdfast_outbox_(log|delayed)| SCAN holdfast_outbox_parked\n/.test(plan(text)),
  );
  expect(statements.size).toBeGreaterThan(10);
  expect(scans).toEqual([]);
});

function plan(text: string): string {
  const rows = file.handle.prepare(`explain query plan ${text.replaceAll(/\?\d+/g, '1')}`).all();
  return (rows as { detail: string }[]).map(({ detail }) => ` ${detail}\n`).join('');
}

function recording(database: SqliteDatabase, statements: Set<string>): SqliteDatabase {
  const recorder = (executor: SyncSqlExecutor): SyncSqlExecutor => ({
    executeSync(statement) {
      statements.add(statement.text);
      return executor.executeSync(statement);
    },
  });
  return {
    dialect: 'sqlite',
    ...recorder(database),
    transaction: (work) => database.transaction((tx) => work(recorder(tx))),
  };
}

test('preflight judges the settings of the file', async () => {
  const store = await migrated();
  const findings = await store.preflight();
  expect(findings.find(({ level }) => level === 'refuse')?.message).toContain('synchronous');
});
