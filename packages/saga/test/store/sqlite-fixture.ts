import { Migrator, TableNames, type TransactionRunner } from '@holdfast/sql';
import { BetterSqlite3TransactionRunner } from '@holdfast/sql/better-sqlite3';
import { KyselyTransactionRunner } from '@holdfast/sql/kysely';
import { sqliteTestDatabase } from '@holdfast/sql/testing';
import { Kysely, SqliteDialect } from 'kysely';
import { sqliteSagaMigrations } from '../../src/sqlite/migrations.ts';
import { SqliteSagaStore } from '../../src/sqlite/sqlite-saga-store.ts';
import { sagaTables } from '../../src/store/saga-tables.ts';
import type { SagaStoreFixture } from '../../src/testing/saga-store/saga-store-fixture.ts';
import { RunnerTransactions } from './runner-transactions.ts';

type SqliteHandle = ReturnType<typeof sqliteTestDatabase>['handle'];

/** How a service comes to the database. */
export const sqliteRunners = {
  'better-sqlite3': (handle: SqliteHandle) => new BetterSqlite3TransactionRunner(handle),
  Kysely: (handle: SqliteHandle) =>
    new KyselyTransactionRunner(new Kysely<unknown>({ dialect: new SqliteDialect({ database: handle }) }), {
      dialect: 'sqlite',
    }),
} as const;

export async function sqliteFixture<Tx>(
  connect: (handle: SqliteHandle) => TransactionRunner<Tx>,
): Promise<SagaStoreFixture> {
  const test = sqliteTestDatabase();
  const { database, names, handle } = test;
  quicken(handle);
  await new Migrator({ database, names, sets: [sqliteSagaMigrations] }).up();
  const tables = Object.values(sagaTables(names)).map((table) => table.replaceAll('"', ''));
  const transactions = new RunnerTransactions(connect(quicken(test.open())));
  return {
    store: new SqliteSagaStore({ names }),
    executor: connect(quicken(test.open())),
    begin: () => transactions.begin(),
    async elapse(ms) {
      for (const table of tables) shift(handle, table, ms);
    },
    async another() {
      const others = new TableNames({ prefix: 'other' });
      await new Migrator({ database, names: others, sets: [sqliteSagaMigrations] }).up();
      return new SqliteSagaStore({ names: others });
    },
    async drop() {
      await transactions.drop();
      test.drop();
    },
  };
}

function shift(handle: SqliteHandle, table: string, ms: number): void {
  const columns = handle.pragma(`table_info(${table})`) as { name: string }[];
  const times = columns.map(({ name }) => name).filter((name) => /(?:_at|^at)$/.test(name));
  handle.prepare(`update ${table} set ${times.map((at) => `${at} = ${at} - $ms`).join(', ')}`).run({ ms });
}

/** Power losses are not what these tests are about. */
function quicken(handle: SqliteHandle): SqliteHandle {
  handle.pragma('synchronous = OFF');
  return handle;
}
