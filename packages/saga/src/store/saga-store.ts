import type { DialectName } from '@holdfast/sql';
import type { InstanceStore } from './instance-store.ts';
import type { SagaQueries } from './saga-queries.ts';
import type { SagaRetentionStore } from './saga-retention-store.ts';
import type { SagaWaitingQueries } from './saga-waiting-queries.ts';
import type { TimerStore } from './timer-store.ts';

/**
 * The saga's tables in one SQL dialect. Its parts hold no connection: every call is given what it runs on, the service's transaction
 * or, for one statement by itself, its `TransactionRunner`.
 */
export interface SagaStore {
  readonly dialect: DialectName;
  readonly instances: InstanceStore;
  readonly timers: TimerStore;
  readonly queries: SagaQueries;
  readonly waiting: SagaWaitingQueries;
  readonly retention: SagaRetentionStore;
}
