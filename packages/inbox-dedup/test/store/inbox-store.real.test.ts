import { describeInboxStore } from '@holdfast/inbox-dedup/testing';
import { type PostgresTestDatabase, postgresTestDatabase } from '@holdfast/sql/testing';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { postgresFixture } from './postgres-fixture.ts';

describe.each([15, 18] as const)('PostgreSQL %i', (version) => {
  let database: PostgresTestDatabase;

  beforeAll(async () => {
    database = await postgresTestDatabase(version, { poolSize: 25 });
  });

  afterAll(() => database.drop());

  describeInboxStore(`PostgreSQL ${version}`, () => postgresFixture(database), {
    describe,
    test,
    concurrentTransactions: true,
  });
});
