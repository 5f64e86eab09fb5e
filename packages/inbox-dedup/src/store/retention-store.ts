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
 *
 * An instance has come as far as the time of its report minus `oldestAgeMs`; until it has reported for 10 minutes (from its
 * first report, or after a silence as long) as far as the least of that, and no farther than before the silence. A consumer
 * has come as far as the instance that is furthest behind. One that is silent counts until others have reported for
 * 10 minutes after it. Nothing is removed for a consumer that never reported.
 */
export interface RetentionStore {
  report(executor: SqlExecutor, progress: ConsumerProgress): Promise<void>;
  /**
   * Removes at most `limit` rows of the consumer whose time is over, oldest first, in one short transaction, without waiting
   * for rows that others have locked. Writers are not blocked. Quarantined attempts are never removed.
   */
  purge(executor: SqlExecutor, request: PurgeRequest): Promise<Purged>;
  /** Removes the progress of instances that no longer count. Returns of how many. */
  purgeProgress(executor: SqlExecutor, consumer: string): Promise<number>;
  /** Its cost does not grow with the number of records. */
  stats(executor: SqlExecutor, consumer: string): Promise<InboxStats>;
}

export interface PurgeRequest {
  readonly consumer: string;
  /** Records of applied messages, or attempts of messages that were not applied and have not come again. */
  readonly rows: 'records' | 'attempts';
  readonly retentionMs: number;
  readonly limit: number;
  /**
   * Where the chunk before ended. On PostgreSQL, rows that are removed stay in the index until no transaction can see them: a
   * chunk that begins at the start would walk over all of them. `null`: from the start.
   */
  readonly from: string | null;
}

export interface Purged {
  readonly removed: number;
  /** For the next chunk. */
  readonly next: string | null;
}

/** Counts go up to 10,000 and stay there. */
export interface InboxStats {
  /** Age of the oldest record in milliseconds, 0 when there is none. */
  readonly oldestRecordAgeMs: number;
  /**
   * How far the consumer is behind: what is added to the retention, in milliseconds. It grows also while no message comes.
   * `null`: it never reported.
   */
  readonly lagMs: number | null;
  /** Messages that are set aside until a person decides. */
  readonly quarantined: number;
  /** Messages that wait in the database for their predecessor, or for a person. */
  readonly parked: number;
}
