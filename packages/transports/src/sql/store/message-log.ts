import type { Envelope } from '@holdfast/core';

/** What became of an append that did not fail as a whole. */
export interface Appended {
  /** Indexes of the messages that no queue binds. */
  readonly unrouted: readonly number[];
  /** Ids of the queues that got something. */
  readonly queues: readonly number[];
}

/** The messages of all queues. */
export interface MessageLog {
  /**
   * Appends each message to every queue that binds its type, in the order of the batch, all or none. Routing is read in the
   * same statement, so it is never stale. Positions of one queue become visible in their order.
   */
  append(envelopes: readonly Envelope[]): Promise<Appended>;
}
