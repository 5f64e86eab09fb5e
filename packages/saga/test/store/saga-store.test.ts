import { describeSagaStore } from '@holdfast/saga/testing';
import { describe, test } from 'vitest';
import { sqliteFixture, sqliteRunners } from './sqlite-fixture.ts';

for (const [name, connect] of Object.entries(sqliteRunners)) {
  describeSagaStore(`SQLite by ${name}`, () => sqliteFixture<unknown>(connect), {
    describe,
    test: (rule, run) => test(rule, { timeout: 60_000 }, run),
    concurrentTransactions: false,
  });
}
