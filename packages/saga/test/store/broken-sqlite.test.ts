import { expect, test } from 'vitest';
import { sagaStoreRules } from '../../src/testing/describe-saga-store.ts';
import { brokenSqlite } from './broken/broken-sqlite.ts';
import { withReplaced } from './broken/broken-statement.ts';
import { expectCaught } from './broken/expect-caught.ts';
import { sqliteFixture, sqliteRunners } from './sqlite-fixture.ts';

test.each(brokenSqlite)('the suite catches a store in which $name', { timeout: 60_000 }, async (broken) => {
  await expectCaught(
    broken.caughtBy,
    () => sqliteFixture<unknown>(sqliteRunners['better-sqlite3']),
    withReplaced(broken),
  );
});

test('every rule has a name of its own', () => {
  const names = sagaStoreRules.map(({ name }) => name);
  expect(names).toEqual([...new Set(names)]);
});
