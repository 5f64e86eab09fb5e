import { TableNames } from '@holdfast/sql';
import type { InboxStore } from '../store/inbox-store.ts';
import { SqliteAttemptStore } from './sqlite-attempt-store.ts';
import { SqliteGateStore } from './sqlite-gate-store.ts';
import { SqliteRecordStore } from './sqlite-record-store.ts';
import { SqliteRetentionStore } from './sqlite-retention-store.ts';

export interface SqliteInboxStoreOptions {
  /** @default prefix `holdfast` */
  readonly names?: TableNames;
}

/** The inbox on SQLite 3.42 or newer. */
export class SqliteInboxStore implements InboxStore {
  readonly dialect = 'sqlite';
  readonly records: SqliteRecordStore;
  readonly attempts: SqliteAttemptStore;
  readonly retention: SqliteRetentionStore;
  readonly gate: SqliteGateStore;

  constructor({ names = new TableNames() }: SqliteInboxStoreOptions = {}) {
    this.records = new SqliteRecordStore(names);
    this.attempts = new SqliteAttemptStore(names);
    this.retention = new SqliteRetentionStore(names);
    this.gate = new SqliteGateStore(names);
  }
}
