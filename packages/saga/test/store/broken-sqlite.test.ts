import { expect, test } from 'vitest';
import { sagaStoreRules } from '../../src/testing/describe-saga-store.ts';
import { brokenSqliteBelongings } from './broken/broken-sqlite-belongings.ts';
import { brokenSqliteInstances } from './broken/broken-sqlite-instances.ts';
import { brokenSqliteReads } from './broken/broken-sqlite-reads.ts';
import { withReplaced } from './broken/broken-statement.ts';
import { expectCaught } from './broken/expect-caught.ts';
import { sqliteFixture, sqliteRunners } from './sqlite-fixture.ts';

const broken = [...brokenSqliteInstances, ...brokenSqliteBelongings, ...brokenSqliteReads];

test.each(broken)('the suite catches a store in which $name', { timeout: 60_000 }, async (one) => {
  await expectCaught(one.caughtBy, () => sqliteFixture<unknown>(sqliteRunners['better-sqlite3']), withReplaced(one));
});

test('every rule has a name of its own', () => {
  const names = sagaStoreRules.map(({ name }) => name);
  expect(names).toEqual([...new Set(names)]);
});
