import type { SqlStatement } from '@holdfast/sql';
import { PgTransactionRunner } from '@holdfast/sql/pg';
import { type PostgresTestDatabase, postgresTestDatabase } from '@holdfast/sql/testing';
import { afterAll, beforeAll, test } from 'vitest';
import { brokenOrders, brokenPostgres } from './broken/broken-postgres.ts';
import { withReplaced } from './broken/broken-statement.ts';
import { expectCaught } from './broken/expect-caught.ts';
import { PostgresTables } from './postgres-fixture.ts';

let database: PostgresTestDatabase;
let tables: PostgresTables;
let runner: PgTransactionRunner;

beforeAll(async () => {
  database = await postgresTestDatabase(18);
  // Some of them wait where the right store does not, and would do so for ever.
  await database.pool.query(`alter database "${new URL(database.url).pathname.slice(1)}" set lock_timeout = '1s'`);
  tables = new PostgresTables(database);
  runner = new PgTransactionRunner(database.openPool({ poolSize: 25 }));
});

afterAll(() => database.drop());

test.each(brokenPostgres)('the suite catches a store in which $name', { timeout: 60_000 }, async (broken) => {
  await expectCaught(broken.caughtBy, () => tables.fixture(runner), withReplaced(broken));
});

test.each(brokenOrders)(
  'the suite catches a store in which $name',
  { timeout: 60_000 },
  async ({ caughtBy, isMeant }) => {
    let nth = 0;
    const turned = (statement: SqlStatement): SqlStatement => {
      if (!isMeant(statement) || ++nth % 2 === 0) return statement;
      const values = statement.values.map((value) => (Array.isArray(value) ? value.toReversed() : value));
      return { ...statement, values };
    };
    await expectCaught(caughtBy, () => tables.fixture(runner), turned);
  },
);
