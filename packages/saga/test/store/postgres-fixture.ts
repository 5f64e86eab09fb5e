import { Migrator, TableNames, type TransactionRunner } from '@holdfast/sql';
import { KyselyTransactionRunner } from '@holdfast/sql/kysely';
import { PgTransactionRunner } from '@holdfast/sql/pg';
import type { PostgresTestDatabase } from '@holdfast/sql/testing';
import { Kysely, PostgresDialect } from 'kysely';
import type pg from 'pg';
import { postgresSagaMigrations } from '../../src/postgres/migrations.ts';
import { PostgresSagaStore } from '../../src/postgres/postgres-saga-store.ts';
import { sagaTables } from '../../src/store/saga-tables.ts';
import type { SagaStoreFixture } from '../../src/testing/saga-store/saga-store-fixture.ts';
import { RunnerTransactions } from './runner-transactions.ts';

let fixtures = 0;

/** How a service comes to the database. */
export const postgresRunners = {
  'a plain pool': { pipeline: false, connect: (pool: pg.Pool) => new PgTransactionRunner(pool) },
  'a pipelined pool': { pipeline: true, connect: (pool: pg.Pool) => new PgTransactionRunner(pool) },
  Kysely: {
    pipeline: false,
    connect: (pool: pg.Pool) =>
      new KyselyTransactionRunner(new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) }), {
        dialect: 'postgresql',
      }),
  },
} as const;

/** Empty tables of their own in a database that others use too. */
export async function emptyTables({ database }: Pick<PostgresTestDatabase, 'database'>, schema?: string) {
  fixtures += 1;
  const names = new TableNames({ prefix: `fixture_${fixtures}`, ...(schema !== undefined && { schema }) });
  await new Migrator({ database, names, sets: [postgresSagaMigrations] }).up();
  return { names, store: new PostgresSagaStore({ names }) };
}

export async function postgresFixture<Tx>(
  test: Pick<PostgresTestDatabase, 'database' | 'pool'>,
  runner: TransactionRunner<Tx>,
): Promise<SagaStoreFixture> {
  const { names, store } = await emptyTables(test);
  const transactions = new RunnerTransactions(runner);
  return {
    store,
    executor: runner,
    begin: () => transactions.begin(),
    elapse: (ms) => elapse(test.pool, names, ms),
    async another() {
      await test.pool.query('create schema if not exists other');
      return (await emptyTables(test, 'other')).store;
    },
    drop: () => transactions.drop(),
  };
}

async function elapse(pool: pg.Pool, names: TableNames, ms: number): Promise<void> {
  const { rows } = await pool.query(
    "select table_name, column_name from information_schema.columns where data_type like 'timestamp%' and table_name like $1",
    [`${names.prefix}\\_saga%`],
  );
  const columns = Map.groupBy(rows, ({ table_name }) => table_name as string);
  for (const table of Object.values(sagaTables(names))) {
    const times = columns.get(table.replaceAll('"', '')) ?? [];
    const shifts = times.map(({ column_name: at }) => `${at} = ${at} - $1::interval`).join(', ');
    await pool.query(`update ${table} set ${shifts}`, [`${ms} milliseconds`]);
  }
}
