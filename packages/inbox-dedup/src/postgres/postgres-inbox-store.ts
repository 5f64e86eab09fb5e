import { TableNames } from '@holdfast/sql';
import type { InboxStore } from '../store/inbox-store.ts';
import { PostgresAttemptStore } from './postgres-attempt-store.ts';
import { PostgresGateStore } from './postgres-gate-store.ts';
import { PostgresRecordStore } from './postgres-record-store.ts';
import { PostgresRetentionStore } from './postgres-retention-store.ts';

export interface PostgresInboxStoreOptions {
  /** @default schema of the search path, prefix `holdfast` */
  readonly names?: TableNames;
  /**
   * Prepares the statements that record messages, once per connection. Switch off behind a proxy that pools by transaction
   * and does not know prepared statements (pgbouncer before 1.21). @default true
   */
  readonly preparedStatements?: boolean;
}

/** The inbox on PostgreSQL 15 or newer, under any isolation level. */
export class PostgresInboxStore implements InboxStore {
  readonly dialect = 'postgresql';
  readonly records: PostgresRecordStore;
  readonly attempts: PostgresAttemptStore;
  readonly retention: PostgresRetentionStore;
  readonly gate: PostgresGateStore;

  constructor({ names = new TableNames(), preparedStatements = true }: PostgresInboxStoreOptions = {}) {
    this.records = new PostgresRecordStore(names, { prepared: preparedStatements });
    this.attempts = new PostgresAttemptStore(names);
    this.retention = new PostgresRetentionStore(names);
    this.gate = new PostgresGateStore(names);
  }
}
