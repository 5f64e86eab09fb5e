import { describeInboxStore } from '@holdfast/inbox-dedup/testing';
import { describe, test } from 'vitest';
import { sqliteFixture } from './sqlite-fixture.ts';

describeInboxStore('SQLite', sqliteFixture, { describe, test, concurrentTransactions: false });
