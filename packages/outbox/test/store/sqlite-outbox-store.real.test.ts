import { describe, test } from 'vitest';
import { describeOutboxStore } from '../../src/testing/index.ts';
import { sqliteFixture, synchronously } from './sqlite-fixture.ts';

describeOutboxStore('SqliteOutboxStore, better-sqlite3', () => sqliteFixture(synchronously), {
  describe,
  test,
  concurrentTransactions: false,
});
