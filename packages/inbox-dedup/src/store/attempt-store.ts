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
   * quarantined instead. A first start counts `1 + earlierStarts`.
   */
  start(executor: SqlExecutor, request: AttemptStart): Promise<Attempts>;
  /** The start ended with an error: it no longer counts as unfinished. Makes the row when there is none. */
  fail(executor: SqlExecutor, failure: AttemptFailure): Promise<void>;
  /** Forgets the attempts: the message was applied, or is to be tried again as if new. */
  clear(executor: SqlExecutor, identities: readonly MessageIdentity[]): Promise<number>;
  /** Quarantined messages of a consumer, oldest first. */
  quarantined(
    executor: SqlExecutor,
    query: { readonly consumer: string; readonly limit: number },
  ): Promise<readonly Attempts[]>;
}

export interface AttemptStart extends MessageIdentity {
  readonly type: string;
  readonly maxUnfinished: number;
  readonly earlierStarts: number;
}

export interface AttemptFailure extends MessageIdentity {
  readonly type: string;
  readonly error: string;
  /** Whether it counts as a failure: an overload or an outage is nobody's fault. */
  readonly counts: boolean;
}
