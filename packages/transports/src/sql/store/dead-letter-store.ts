import type { PulledRow } from './claim-store.ts';
import type { QueueRecord } from './queue-record.ts';

/** Counts of one queue at one moment; each counts to 10,000 at most. */
export interface SqlQueueStats {
  /** Waiting to be pulled, or behind another message of their key. */
  readonly ready: number;
  /** Pulled and not settled. */
  readonly leased: number;
  /** Handed back with a delay that has not passed. */
  readonly delayed: number;
  /** Taken from this queue and now in its dead-letter queue. */
  readonly dead: number;
  /** Age of the oldest message that is not settled, in milliseconds; `null` when there is none. */
  readonly oldestAgeMs: number | null;
}

export interface RedriveMove {
  readonly position: number;
  readonly attributes: string;
}

/** Looking at a queue, and putting dead letters back. */
export interface DeadLetterStore {
  stats(queue: QueueRecord): Promise<SqlQueueStats>;
  /** Dead letters of the queue above a position that nobody holds, the oldest first. */
  list(queue: QueueRecord, page: { readonly after: number; readonly max: number }): Promise<readonly PulledRow[]>;
  /** Moves dead letters to the end of the queue that they came from; leaves out those that somebody holds. Returns how many. */
  redrive(queue: QueueRecord, moves: readonly RedriveMove[]): Promise<number>;
}
