import { TableNames } from '@holdfast/sql';
import type { SagaStore } from '../store/saga-store.ts';
import { PostgresInstanceStore } from './postgres-instance-store.ts';
import { PostgresSagaQueries } from './postgres-saga-queries.ts';
import { PostgresSagaRetentionStore } from './postgres-saga-retention-store.ts';
import { PostgresSagaWaitingQueries } from './postgres-saga-waiting-queries.ts';
import { PostgresTimerStore } from './postgres-timer-store.ts';

export interface PostgresSagaStoreOptions {
  /** @default schema of the search path, prefix `holdfast` */
  readonly names?: TableNames;
  /**
   * Prepares the statements that each event runs, once per connection. Switch off behind a proxy that pools by transaction and does not
   * know prepared statements (pgbouncer before 1.21). @default true
   */
  readonly preparedStatements?: boolean;
  /**
   * In a transaction of `transact` or a `PgTransactionRunner` (`@holdfast/sql/pg`), writes the transitions last, in the round
   * trip of COMMIT when the pool is pipelined. A conflict is then an error of the commit, and your own statements in the same transaction do not
   * see the transition yet; the runtime does. Not together with savepoints: what they roll back would be written all the same. @default false
   */
  readonly deferToCommit?: boolean;
}

/** Sagas on PostgreSQL 15 or newer. */
export class PostgresSagaStore implements SagaStore {
  readonly dialect = 'postgresql';
  readonly instances: PostgresInstanceStore;
  readonly timers: PostgresTimerStore;
  readonly queries: PostgresSagaQueries;
  readonly waiting: PostgresSagaWaitingQueries;
  readonly retention: PostgresSagaRetentionStore;

  constructor(options: PostgresSagaStoreOptions = {}) {
    const { names = new TableNames(), preparedStatements = true, deferToCommit = false } = options;
    this.instances = new PostgresInstanceStore(names, { prepared: preparedStatements, defers: deferToCommit });
    this.timers = new PostgresTimerStore(names, { prepared: preparedStatements });
    this.queries = new PostgresSagaQueries(names);
    this.waiting = new PostgresSagaWaitingQueries(names);
    this.retention = new PostgresSagaRetentionStore(names);
  }
}
