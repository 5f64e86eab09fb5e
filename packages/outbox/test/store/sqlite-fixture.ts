import { Migrator, sqliteLeaseMigrations } from '@holdfast/sql';
import { BetterSqlite3Transactions } from '@holdfast/sql/better-sqlite3';
import { KyselyTransactions } from '@holdfast/sql/kysely';
import { sqliteTestDatabase } from '@holdfast/sql/testing';
import { Kysely, SqliteDialect } from 'kysely';
import { sqliteOutboxMigrations } from '../../src/sqlite/migrations.ts';
import { SqliteOutboxStore } from '../../src/sqlite/sqlite-outbox-store.ts';
import type { OutboxStoreFixture, SenderTransaction } from '../../src/testing/index.ts';

export type SqliteHandle = ReturnType<typeof sqliteTestDatabase>['handle'];

/** How the senders of a fixture use their handle, which is theirs alone until they have ended. */
export interface SqliteSenders {
  begin(store: SqliteOutboxStore, handle: SqliteHandle): Promise<SenderTransaction>;
}

/** Transactions of better-sqlite3 itself, which write without waiting. */
export const syncSenders: SqliteSenders = {
  async begin(store, handle) {
    handle.exec('begin immediate');
    return {
      append: async (records) => store.appendSync(new BetterSqlite3Transactions().executor(handle), records),
      commit: async () => void handle.exec('commit'),
      rollback: async () => void handle.exec('rollback'),
    };
  },
};

export const kyselySenders: SqliteSenders = {
  async begin(store, handle) {
    const kysely = new Kysely<object>({ dialect: new SqliteDialect({ database: handle }) });
    const transaction = await kysely.startTransaction().execute();
    const transactions = new KyselyTransactions({ dialect: 'sqlite' });
    return {
      append: async (records) => store.append(transactions.executor(transaction), records),
      commit: () => transaction.commit().execute(),
      rollback: () => transaction.rollback().execute(),
    };
  },
};

export async function sqliteFixture(senders: SqliteSenders): Promise<OutboxStoreFixture> {
  const test = sqliteTestDatabase();
  const { database, names, handle } = test;
  // Whoever holds the lock is in this thread too, so waiting for it does not help.
  quicken(handle, 20);
  await new Migrator({ database, names, sets: [sqliteLeaseMigrations, sqliteOutboxMigrations] }).up();
  const store = new SqliteOutboxStore({ database, names });
  const idle: SqliteHandle[] = [];
  const elapse = (ms: number) => {
    handle.prepare('update holdfast_outbox_log set created_at = created_at - ?').run(ms);
    handle.prepare('update holdfast_outbox_delayed set due_at = due_at - ?').run(ms);
    handle.prepare('update holdfast_outbox_parked set parked_at = parked_at - ?').run(ms);
  };
  return {
    store,
    async begin() {
      const own = idle.pop() ?? quicken(test.open(), 1_000);
      const transaction = await senders.begin(store, own);
      const end = async (how: () => Promise<void>) => {
        await how();
        idle.push(own);
      };
      return {
        append: (records) => transaction.append(records),
        commit: () => end(() => transaction.commit()),
        rollback: () => end(() => transaction.rollback()),
      };
    },
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

/** Power losses are not what these tests are about. */
function quicken(handle: SqliteHandle, busyTimeoutMs: number): SqliteHandle {
  handle.pragma('synchronous = OFF');
  handle.pragma(`busy_timeout = ${busyTimeoutMs}`);
  return handle;
}
