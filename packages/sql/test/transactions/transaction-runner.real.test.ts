import { KyselyTransactionRunner } from '@holdfast/sql/kysely';
import { PgDatabase, type PgTransaction, PgTransactionRunner } from '@holdfast/sql/pg';
import { describeTransactionRunner, type RunnerTimeouts } from '@holdfast/sql/testing';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { insertOrder, orderIds, proxiedPostgres } from '../pg/proxied-postgres.ts';

const connections = 4;

/** Taken down by the fixture's close, but for what `proxiedPostgres` takes down with the test. */
async function openPostgres(version: 15 | 18, pipeline: boolean) {
  const { pool, proxied, proxy } = await proxiedPostgres(version, { pipeline, poolSize: connections });
  // As the documentation asks for: a lost connection must not end the process while Kysely has it.
  proxied.on('connect', (client) => client.on('error', () => {}));
  return { proxied, proxy, outside: new PgDatabase(pool) };
}

describe.each([15, 18] as const)('PostgreSQL %i', (version) => {
  describe.each([false, true])('pipelined: %s', (pipeline) => {
    describeTransactionRunner(
      'pg',
      {
        dialect: 'postgresql',
        connections,
        open: async (timeouts: RunnerTimeouts) => {
          const { proxied, proxy, outside } = await openPostgres(version, pipeline);
          return { runner: new PgTransactionRunner(proxied, timeouts), proxy, outside, close: async () => {} };
        },
      },
      { describe, test },
    );

    describeTransactionRunner(
      'Kysely',
      {
        dialect: 'postgresql',
        connections,
        open: async (timeouts: RunnerTimeouts) => {
          const { proxied, proxy, outside } = await openPostgres(version, pipeline);
          const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: proxied }) });
          const runner = new KyselyTransactionRunner(db, { dialect: 'postgresql', ...timeouts });
          return { runner, proxy, outside, close: async () => {} };
        },
      },
      { describe, test },
    );
  });
});

describe('PgTransactionRunner', () => {
  test('a guarded statement travels with BEGIN when the pool is pipelined; without a guard BEGIN is waited for', async () => {
    const trips = async (pipeline: boolean, isGuarded: boolean) => {
      const { proxied, pool, proxy } = await proxiedPostgres(18, { pipeline });
      const runner = new PgTransactionRunner(proxied);
      await runner.execute({ text: 'select 1', values: [] });
      const before = proxy.roundTrips;
      const work = async (tx: PgTransaction) => {
        await runner.executor(tx).execute(insertOrder('o1'));
      };
      await runner.transaction(work, { isGuarded });
      expect(await orderIds(pool)).toEqual(['o1']);
      return proxy.roundTrips - before;
    };
    expect(await trips(true, true)).toBe(2);
    expect(await trips(true, false)).toBe(3);
    expect(await trips(false, true)).toBe(3);
  });

  test.each([{ isolationLevel: 'chaos' as never }, { statementTimeoutMs: 0 }, { connectTimeoutMs: -1 }])(
    'an option that is not allowed is refused when it is made: %o',
    (options) => {
      expect(() => new PgTransactionRunner(new pg.Pool(), options)).toThrow(Object.keys(options)[0]);
    },
  );

  test('the isolation level holds for its transactions', async () => {
    const { proxied } = await proxiedPostgres(18);
    const runner = new PgTransactionRunner(proxied, { isolationLevel: 'serializable' });
    const { rows } = await runner.transaction((tx) => tx.query('show transaction_isolation'));
    expect(rows).toEqual([{ transaction_isolation: 'serializable' }]);
  });
});
