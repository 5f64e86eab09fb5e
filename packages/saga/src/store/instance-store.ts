import type { SqlExecutor } from '@holdfast/sql';
import type { WaitingEvent } from './parked-event.ts';
import type { SagaId } from './saga-id.ts';
import type { SagaWrite } from './saga-write.ts';
import type { StoredSaga } from './stored-saga.ts';

/** Instances, in the transaction that an event is handled in. */
export interface InstanceStore {
  /**
   * The instances that exist, in any order. Each is locked until the transaction ends, where the database has row locks, and in an order
   * that is the same for all callers, so that no two of them wait for each other.
   */
  load(executor: SqlExecutor, ids: readonly SagaId[]): Promise<readonly StoredSaga[]>;
  /**
   * Waits until nobody else decides about instances that do not exist yet, and keeps others waiting until the transaction ends. Returns
   * those that exist by now, locked as by {@link load}. Returns nothing where there is one writer.
   * @throws TransactionConflictError when one of several exists by now and is in use: to wait for it could be a deadlock
   */
  lockMissing(executor: SqlExecutor, ids: readonly SagaId[]): Promise<readonly StoredSaga[]>;
  /**
   * Writes instances with their history, timers and parked events; each instance is there once. All of it or nothing, when the
   * caller rolls back after an error.
   * @throws TransactionConflictError (of `@holdfast/sql`) when a version is not the expected one, or an instance to insert exists
   */
  write(executor: SqlExecutor, writes: readonly SagaWrite[]): Promise<void>;
  /** Keeps events of instances that do not exist. One that is kept already is left as it is. */
  parkUnmatched(executor: SqlExecutor, events: readonly WaitingEvent[]): Promise<void>;
  /** What is parked for instances, that of each the oldest first. */
  parked(executor: SqlExecutor, ids: readonly SagaId[]): Promise<readonly WaitingEvent[]>;
}
