import type { Message, OutgoingMessage } from '@holdfast/core';
import type { PreparedWork, Work } from './work.ts';

/** The effect of several messages at once, in the transaction that records them. */
export interface BulkWork<Tx> {
  /**
   * Gets the messages that are new, in the order in which they were given; at least one. It must have the same effect as if
   * each came by itself: after a failure each does.
   */
  applyAll(messages: readonly Message[], context: BulkContext<Tx>): Promise<void> | void;
}

export interface BulkContext<Tx> {
  readonly tx: Tx;
  readonly signal: AbortSignal;
  /** Sends messages in the transaction; with a `cause`, one of those that were given, as {@link WorkContext.send} does. */
  send(messages: OutgoingMessage | readonly OutgoingMessage[], cause?: Message): Promise<void>;
}

/** What runs in a transaction that several messages share. */
export type BatchWork<Tx> = Work<Tx> | BulkWork<Tx>;

/** What `handleBatch` takes. */
export type AnyBatchWork<Tx> = BatchWork<Tx> | PreparedWork<Tx, unknown>;
