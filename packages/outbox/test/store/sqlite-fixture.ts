import { Migrator, sqliteLeaseMigrations } from '@holdfast/sql';
import { BetterSqlite3Transactions } from '@holdfast/sql/better-sqlite3';
import { sqliteTestDatabase } from '@holdfast/sql/testing';
import { sqliteOutboxMigrations } from '../../src/sqlite/migrations.ts';
import { SqliteOutboxStore } from '../../src/sqlite/sqlite-outbox-store.ts';
import type { LogRecord } from '../../src/store/log-record.ts';
import type { OutboxStoreFixture } from '../../src/testing/index.ts';

type TestDatabase = ReturnType<typeof sqliteTestDatabase>;

export interface SqliteSender {
  /** On a handle that is in a transaction. */
  append(store: SqliteOutboxStore, handle: TestDatabase['handle'], records: readonly LogRecord[]): Promise<void>;
}

/** Senders that write without waiting. */
export const synchronously: SqliteSender = {
  async append(store, handle, records) {
    store.appendSync(new BetterSqlite3Transactions().executor(handle), records);
  },
};

export async function sqliteFixture(sender: SqliteSender): Promise<OutboxStoreFixture> {
  const test = sqliteTestDatabase();
  // Whoever holds the lock is in this thread too, so waiting for it does not help.
  test.handle.pragma('busy_timeout = 20');
  const { database, names, handle } = test;
  await new Migrator({ database, names, sets: [sqliteLeaseMigrations, sqliteOutboxMigrations] }).up();
  const store = new SqliteOutboxStore({ database, names });
  const elapse = (ms: number) => {
    handle.prepare('update holdfast_outbox_log set created_at = created_at - ?').run(ms);
    handle.prepare('update holdfast_outbox_delayed set due_at = due_at - ?').run(ms);
    handle.prepare('update holdfast_outbox_parked set parked_at = parked_at - ?').run(ms);
  };
  return {
    store,
    begin: async () => beginOn(test, store, sender),
    async now() {
      const row = handle.prepare("select cast(unixepoch('subsec') * 1000 as integer) as now").get();
      return (row as { now: number }).now;
    },
    elapse: async (ms) => elapse(ms),
    elapseRetention: async () => elapse(3_601_000),
    async changeHistory() {
      handle.prepare('update holdfast_outbox_lane set position = position + 1000000').run();
    },
    drop: async () => test.drop(),
  };
}

const idle = new WeakMap<TestDatabase, TestDatabase['handle'][]>();

function beginOn(test: TestDatabase, store: SqliteOutboxStore, sender: SqliteSender) {
  const handles = idle.get(test) ?? [];
  idle.set(test, handles);
  const handle = handles.pop() ?? test.open();
  handle.exec('begin immediate');
  const end = async (how: 'commit' | 'rollback') => {
    handle.exec(how);
    handles.push(handle);
  };
  return {
    append: (records: readonly LogRecord[]) => sender.append(store, handle, records),
    commit: () => end('commit'),
    rollback: () => end('rollback'),
  };
}
