import type { SqlExecutor } from '@holdfast/sql';
import type { MessageIdentity } from './message-identity.ts';

/** What is known of a message that was started and has not been applied. Times are of the database's clock, epoch ms. */
export interface Attempts extends MessageIdentity {
  readonly type: string;
  /** Starts that neither finished nor failed: the process went away in the middle. This one included after `start`. */
  readonly unfinished: number;
  /** Starts that ended with an error. */
  readonly failures: number;
  /** Summary of the last error, without payload. */
  readonly lastError: string | null;
  readonly firstAt: number;
  readonly lastAt: number;
  /** When it was set aside, or `null`. */
  readonly quarantinedAt: number | null;
}

/**
 * Counts attempts of the messages that need it (those that are delivered again), each call committed by itself before
 * the work starts, so that a process that dies leaves a trace. `clear` runs in the transaction of the work.
 */
export interface AttemptStore {
  /**
   * One more start, unless it is quarantined. With `maxUnfinished` starts before this one that never ended it is
   * quarantined instead. A first start counts `1 + earlierStarts`. The start after which there is none is counted only
   * when the caller says that the message is `alone`: until then it waits for others, and must not pay for their end.
   */
  start(executor: SqlExecutor, request: AttemptStart): Promise<AttemptStarted>;
  /** A start ended with an error. Makes the row when there is none. */
  fail(executor: SqlExecutor, failure: AttemptFailure): Promise<void>;
  /** Forgets the attempts: the message was applied, or is to be tried again as if new. Returns of how many. */
  clear(executor: SqlExecutor, identities: readonly MessageIdentity[]): Promise<number>;
  /** Quarantined messages of a consumer, oldest first. */
  quarantined(
    executor: SqlExecutor,
    query: { readonly consumer: string; readonly limit: number },
  ): Promise<readonly Attempts[]>;
}

/**
 * - `started`: counted and committed; run the work.
 * - `last-try`: nothing was counted, because it would be the last start and the message is not `alone`.
 * - `quarantined`: it is set aside; `isNew` tells whether this call did it.
 */
export type AttemptStarted =
  | { readonly outcome: 'started'; readonly attempts: Attempts }
  | { readonly outcome: 'last-try' }
  | { readonly outcome: 'quarantined'; readonly attempts: Attempts; readonly isNew: boolean };

export interface AttemptStart extends MessageIdentity {
  readonly type: string;
  /** At least 2. */
  readonly maxUnfinished: number;
  readonly earlierStarts: number;
  /** Nothing else runs in this process. */
  readonly alone: boolean;
}

export interface AttemptFailure extends MessageIdentity {
  readonly type: string;
  readonly error: string;
  /** Whether `start` counted this start: it no longer counts as unfinished then. */
  readonly started: boolean;
  /** Whether it counts as a failure: an overload or an outage is nobody's fault. */
  readonly counts: boolean;
}
