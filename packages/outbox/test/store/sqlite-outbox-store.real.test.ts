import { describe, test } from 'vitest';
import { describeOutboxStore } from '../../src/testing/index.ts';
import { kyselySenders, sqliteFixture, syncSenders } from './sqlite-fixture.ts';

const options = { describe, test, concurrentTransactions: false };

describeOutboxStore('SqliteOutboxStore, senders on better-sqlite3', () => sqliteFixture(syncSenders), options);
describeOutboxStore('SqliteOutboxStore, senders on Kysely', () => sqliteFixture(kyselySenders), options);
