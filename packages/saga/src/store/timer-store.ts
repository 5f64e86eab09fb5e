import type { SqlExecutor } from '@holdfast/sql';
import type { SagaId } from './saga-id.ts';

/** A timer that was set. */
export interface StoredTimer extends SagaId {
  readonly timer: string;
  /** The instance's version when it was set: tells it from one of the same name that was set later. */
  readonly epoch: number;
}

export interface DueTimer extends StoredTimer {
  /** For how long it has been due, in milliseconds, by the database's clock. */
  readonly overdueMs: number;
  /** How often it was tried and failed. */
  readonly failures: number;
}

export interface DueQuery {
  /** Of these definitions only. */
  readonly sagas: readonly string[];
  readonly limit: number;
}

/** Timers. They are set and cancelled by {@link InstanceStore.write}. Times are the database's. */
export interface TimerStore {
  /** Timers that are due, those first that have been so for longest. Nothing is locked. */
  due(executor: SqlExecutor, query: DueQuery): Promise<readonly DueTimer[]>;
  /**
   * Those that still stand and are due, to be asked under the lock of their instances: not cancelled, not set anew, not fired, not put off. An
   * instance that was removed and has begun again counts its versions anew, so that the epoch alone does not tell its timers from older ones.
   */
  stillSet(executor: SqlExecutor, timers: readonly StoredTimer[]): Promise<readonly StoredTimer[]>;
  /** Removes timers that are not wanted any more, without their instance being written. Stale ones are left alone. */
  remove(executor: SqlExecutor, timers: readonly StoredTimer[]): Promise<void>;
  /** Puts off a timer that failed and counts the failure. Does nothing for a stale one, and for one that is not due. `error` has no payload in it. */
  postpone(
    executor: SqlExecutor,
    timer: StoredTimer,
    failure: { readonly delayMs: number; readonly error: string },
  ): Promise<void>;
  /** How long until the next timer is due, in milliseconds; `0` when one is, `null` when none is set. */
  nextInMs(executor: SqlExecutor, sagas: readonly string[]): Promise<number | null>;
}
