import { TableNames } from '@holdfast/sql';
import type { SagaStore } from '../store/saga-store.ts';
import { SqliteInstanceStore } from './sqlite-instance-store.ts';
import { SqliteSagaQueries } from './sqlite-saga-queries.ts';
import { SqliteSagaRetentionStore } from './sqlite-saga-retention-store.ts';
import { SqliteSagaWaitingQueries } from './sqlite-saga-waiting-queries.ts';
import { SqliteTimerStore } from './sqlite-timer-store.ts';

export interface SqliteSagaStoreOptions {
  /** @default prefix `holdfast` */
  readonly names?: TableNames;
}

/** Sagas on SQLite 3.42 or newer. */
export class SqliteSagaStore implements SagaStore {
  readonly dialect = 'sqlite';
  readonly instances: SqliteInstanceStore;
  readonly timers: SqliteTimerStore;
  readonly queries: SqliteSagaQueries;
  readonly waiting: SqliteSagaWaitingQueries;
  readonly retention: SqliteSagaRetentionStore;

  constructor({ names = new TableNames() }: SqliteSagaStoreOptions = {}) {
    this.instances = new SqliteInstanceStore(names);
    this.timers = new SqliteTimerStore(names);
    this.queries = new SqliteSagaQueries(names);
    this.waiting = new SqliteSagaWaitingQueries(names);
    this.retention = new SqliteSagaRetentionStore(names);
  }
}
