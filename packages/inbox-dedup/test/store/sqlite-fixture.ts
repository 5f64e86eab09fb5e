import type { InboxStoreFixture } from '@holdfast/inbox-dedup/testing';
import { Migrator, type SqlExecutor } from '@holdfast/sql';
import { AwaitedTransactions, BetterSqlite3Database, BetterSqlite3Transactions } from '@holdfast/sql/better-sqlite3';
import { sqliteTestDatabase } from '@holdfast/sql/testing';
import { sqliteInboxMigrations } from '../../src/sqlite/migrations.ts';
import { SqliteInboxStore } from '../../src/sqlite/sqlite-inbox-store.ts';
import { inboxTables } from '../../src/store/inbox-tables.ts';

type SqliteHandle = ReturnType<typeof sqliteTestDatabase>['handle'];

export async function sqliteFixture(): Promise<InboxStoreFixture> {
  const test = sqliteTestDatabase();
  const { database, names, handle } = test;
  quicken(handle);
  await new Migrator({ database, names, sets: [sqliteInboxMigrations] }).up();
  const tables = Object.values(inboxTables(names)).map((table) => table.replaceAll('"', ''));
  const idle: SqliteHandle[] = [];
  return {
    store: new SqliteInboxStore({ names }),
    executor: awaited(database),
    other: awaited(new BetterSqlite3Database(quicken(test.open()))),
    async begin() {
      const own = idle.pop() ?? quicken(test.open());
      own.exec('begin immediate');
      const end = async (how: 'commit' | 'rollback') => {
        own.exec(how);
        idle.push(own);
      };
      return {
        executor: new AwaitedTransactions(new BetterSqlite3Transactions()).executor(own),
        commit: () => end('commit'),
        rollback: () => end('rollback'),
      };
    },
    async elapse(ms) {
      for (const table of tables) shift(handle, table, ms);
    },
    drop: async () => test.drop(),
  };
}

function shift(handle: SqliteHandle, table: string, ms: number): void {
  const columns = handle.pragma(`table_info(${table})`) as { name: string }[];
  const times = columns.map(({ name }) => name).filter((name) => /(?:_at|^since)$/.test(name));
  const shifts = times.map((at) => `${at} = ${at} - $ms`).join(', ');
  if (shifts !== '') handle.prepare(`update ${table} set ${shifts}`).run({ ms });
}

function awaited(database: BetterSqlite3Database): SqlExecutor {
  return { execute: async (statement) => database.executeSync(statement) };
}

/** Power losses are not what these tests are about; and whoever holds the lock is in this thread too. */
function quicken(handle: SqliteHandle): SqliteHandle {
  handle.pragma('synchronous = OFF');
  handle.pragma('busy_timeout = 1000');
  return handle;
}
