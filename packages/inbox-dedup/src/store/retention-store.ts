import type { SqlExecutor } from '@holdfast/sql';

/** How far one instance of a consumer has come. */
export interface ConsumerProgress {
  readonly consumer: string;
  /** Unique per process. */
  readonly instance: string;
  /** How old the oldest message was that it handled lately, in milliseconds, by its sender's clock; 0 when all were new. */
  readonly oldestAgeMs: number;
}

/**
 * What may be forgotten. A record is needed while its message can be delivered again: at least `retentionMs`, counted
 * not from now but from how far the consumer has come, so that one that is behind, or was down, loses none.
 */
export interface RetentionStore {
  report(executor: SqlExecutor, progress: ConsumerProgress): Promise<void>;
  /**
   * Removes at most `limit` records of the consumer whose time is over, oldest first, without waiting for rows that others have
   * locked. Returns how many. Writers are not blocked.
   */
  purge(executor: SqlExecutor, request: PurgeRequest): Promise<number>;
  stats(executor: SqlExecutor, consumer: string): Promise<RetentionStats>;
}

export interface PurgeRequest {
  readonly consumer: string;
  readonly retentionMs: number;
  readonly limit: number;
}

export interface RetentionStats {
  /** Age of the oldest record in milliseconds, 0 when there is none. */
  readonly oldestRecordAgeMs: number;
  /** How far the consumer is behind: what is added to the retention, in milliseconds. */
  readonly lagMs: number;
}
