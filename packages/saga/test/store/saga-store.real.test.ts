import { describeSagaStore } from '@holdfast/saga/testing';
import { type PostgresTestDatabase, postgresTestDatabase } from '@holdfast/sql/testing';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { PostgresTables, postgresRunners } from './postgres-fixture.ts';

/** Each version and each runner. All of both would take the time of CI and find the same. */
const matrix = [
  { version: 15, runners: ['a plain pool', 'Kysely'] },
  { version: 18, runners: ['a pipelined pool'] },
] as const;

describe.each(matrix)('PostgreSQL $version', ({ version, runners }) => {
  let database: PostgresTestDatabase;
  let tables: PostgresTables;

  beforeAll(async () => {
    database = await postgresTestDatabase(version);
    tables = new PostgresTables(database);
  });

  afterAll(() => database.drop());

  for (const name of runners) {
    const { pipeline, connect } = postgresRunners[name];
    let pool: ReturnType<PostgresTestDatabase['openPool']> | undefined;
    describeSagaStore(
      `PostgreSQL ${version} by ${name}`,
      () => {
        pool ??= database.openPool({ pipeline, poolSize: 25 });
        return tables.fixture<unknown>(connect(pool));
      },
      { describe, test: (rule, run) => test(rule, { timeout: 60_000 }, run), concurrentTransactions: true },
    );
  }
});
