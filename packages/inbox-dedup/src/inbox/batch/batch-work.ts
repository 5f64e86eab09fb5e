import type { Message, OutgoingMessage } from '@holdfast/core';
import type { PreparedWork, ReadsAhead, Work } from '../work.ts';

/** The effect of several messages at once, in the transaction that records them. */
export interface BulkWork<Tx> extends Partial<ReadsAhead<Tx>> {
  /**
   * Gets the messages that are new, at least one, in the order in which they were given. Its effect must be that of each by
   * itself, one after another: after a failure they come one by one.
   */
  applyAll(messages: readonly Message[], context: BulkContext<Tx>): Promise<void> | void;
}

export interface BulkContext<Tx> {
  readonly tx: Tx;
  /** As in {@link WorkContext}. */
  readonly signal: AbortSignal;
  /** As in {@link WorkContext}; `cause` is the one of the given messages that they are sent for. */
  send(messages: OutgoingMessage | readonly OutgoingMessage[], cause: Message): Promise<void>;
}

/** What runs in a transaction that several messages share. */
export type SharedWork<Tx> = Work<Tx> | BulkWork<Tx>;

/** What `handleBatch` takes. A {@link PreparedWork} is prepared for several messages at the same time. */
export type BatchWork<Tx> = SharedWork<Tx> | PreparedWork<Tx, unknown>;
