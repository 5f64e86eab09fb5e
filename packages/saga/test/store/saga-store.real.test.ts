import { describeSagaStore } from '@holdfast/saga/testing';
import { type PostgresTestDatabase, postgresTestDatabase } from '@holdfast/sql/testing';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { postgresFixture, postgresRunners } from './postgres-fixture.ts';

describe.each([15, 18] as const)('PostgreSQL %i', (version) => {
  let database: PostgresTestDatabase;

  beforeAll(async () => {
    database = await postgresTestDatabase(version);
  });

  afterAll(() => database.drop());

  for (const [name, { pipeline, connect }] of Object.entries(postgresRunners)) {
    let pool: ReturnType<PostgresTestDatabase['openPool']> | undefined;
    describeSagaStore(
      `PostgreSQL ${version} by ${name}`,
      () => {
        pool ??= database.openPool({ pipeline, poolSize: 25 });
        return postgresFixture<unknown>(database, connect(pool));
      },
      { describe, test, concurrentTransactions: true },
    );
  }
});
