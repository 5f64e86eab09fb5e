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

/** Tables in a database that others use too: those of one schema are made once, and then emptied, which is much faster. */
export class PostgresTables {
  readonly #test: Pick<PostgresTestDatabase, 'database' | 'pool'>;
  readonly #made = new Set<string>();

  constructor(test: Pick<PostgresTestDatabase, 'database' | 'pool'>) {
    this.#test = test;
  }

  async empty(schema = 'public'): Promise<TableNames> {
    const { database, pool } = this.#test;
    const names = new TableNames({ schema });
    if (this.#made.has(schema)) {
      await pool.query(
        Object.values(sagaTables(names))
          .map((table) => `delete from ${table};`)
          .join(' '),
      );
      return names;
    }
    await pool.query(`create schema if not exists ${schema}`);
    await new Migrator({ database, names, sets: [postgresSagaMigrations] }).up();
    this.#made.add(schema);
    return names;
  }

  async fixture<Tx>(runner: TransactionRunner<Tx>): Promise<SagaStoreFixture> {
    const names = await this.empty();
    const transactions = new RunnerTransactions(runner);
    return {
      store: new PostgresSagaStore({ names }),
      executor: runner,
      begin: () => transactions.begin(),
      elapse: (ms) => elapse(this.#test.pool, names, ms),
      another: async () => new PostgresSagaStore({ names: await this.empty('other') }),
      drop: () => transactions.drop(),
    };
  }
}

/** Sets all times back. */
async function elapse(pool: pg.Pool, names: TableNames, ms: number): Promise<void> {
  const { instance, history, timer, parked } = sagaTables(names);
  const times = {
    [instance]: ['started_at', 'changed_at', 'finished_at', 'purge_at'],
    [history]: ['at'],
    [timer]: ['due_at'],
    [parked]: ['parked_at'],
  };
  const ago = `interval '${Math.round(ms)} ms'`;
  const shifts = Object.entries(times).map(
    ([table, columns]) => `update ${table} set ${columns.map((at) => `${at} = ${at} - ${ago}`).join(', ')};`,
  );
  await pool.query(shifts.join(' '));
}
