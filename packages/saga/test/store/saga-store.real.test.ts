import { describeSagaStore } from '@holdfast/saga/testing';
import { type PostgresTestDatabase, postgresTestDatabase } from '@holdfast/sql/testing';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { PostgresTables, postgresRunners } from './postgres-fixture.ts';

describe.each([15, 18] as const)('PostgreSQL %i', (version) => {
  let database: PostgresTestDatabase;
  let tables: PostgresTables;

  beforeAll(async () => {
    database = await postgresTestDatabase(version);
    tables = new PostgresTables(database);
  });

  afterAll(() => database.drop());

  for (const [name, { pipeline, connect }] of Object.entries(postgresRunners)) {
    let pool: ReturnType<PostgresTestDatabase['openPool']> | undefined;
    describeSagaStore(
      `PostgreSQL ${version} by ${name}`,
      () => {
        pool ??= database.openPool({ pipeline, poolSize: 25 });
        return tables.fixture<unknown>(connect(pool));
      },
      { describe, test, concurrentTransactions: true },
    );
  }
});
