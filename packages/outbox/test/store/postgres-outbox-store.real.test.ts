import { type PostgresTestDatabase, postgresTestDatabase } from '@holdfast/sql/testing';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { describeOutboxStore } from '../../src/testing/index.ts';
import { postgresFixture } from './postgres-fixture.ts';

describe.each([15, 18] as const)('PostgreSQL %i', (version) => {
  let database: PostgresTestDatabase;

  beforeAll(async () => {
    database = await postgresTestDatabase(version, { poolSize: 30 });
  });

  afterAll(() => database.drop());

  describeOutboxStore('PostgresOutboxStore', () => postgresFixture(database), {
    describe,
    test,
    concurrentTransactions: true,
  });
});
