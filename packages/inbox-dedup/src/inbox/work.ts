import type { Message, OutgoingMessage } from '@holdfast/core';

/** What the work of a message may use besides the message. Valid until the work has settled. */
export interface WorkContext<Tx> {
  /** The transaction that the message is recorded in. Whatever is written with it commits with the record, or not at all. */
  readonly tx: Tx;
  /** Aborted when the result is no longer wanted; the transaction is rolled back then, whatever the work does. */
  readonly signal: AbortSignal;
  /** How often this message was delivered, this time included, as far as is known; at least 1. */
  readonly attempt: number;
  /**
   * Sends messages in the transaction, through the inbox's `outbox`. Unless they say otherwise, they are caused by the
   * message (`causationid`) and belong to its workflow (`correlationid`).
   * @throws InvalidOptionError when the inbox was given no `outbox`
   */
  send(messages: OutgoingMessage | readonly OutgoingMessage[]): Promise<void>;
}

/** What a work that reads before it writes may say early. */
export interface ReadsAhead<Tx> {
  /**
   * Called where statements are pipelined, when the records are on their way and nobody knows yet which of the messages are new: what is
   * sent now needs no round trip of its own. It may read and lock and must change nothing; it waits for nothing and does not throw. In the same
   * transaction the work follows, with those messages that are new; with none, it does not.
   */
  readAhead(messages: readonly Message[], context: Pick<WorkContext<Tx>, 'tx'>): void;
}

/** The effect of one message, in the transaction that records it. It runs again from its start after a conflict. */
export interface Work<Tx> extends Partial<ReadsAhead<Tx>> {
  (message: Message, context: WorkContext<Tx>): Promise<void> | void;
}

/**
 * Work in two steps, for what cannot or should not happen while a transaction is open: a call to a provider, through an
 * effect journal. `prepare` runs before the transaction and only for messages that are not recorded yet, but it may
 * run again for the same message after a crash or a conflict: it must be repeatable.
 */
export interface PreparedWork<Tx, Prepared> {
  prepare(message: Message, context: PrepareContext): Promise<Prepared>;
  apply(message: Message, context: WorkContext<Tx> & { readonly prepared: Prepared }): Promise<void> | void;
}

export interface PrepareContext {
  readonly signal: AbortSignal;
  readonly attempt: number;
}

/**
 * What became of a message; in each case it needs no further delivery.
 * - `applied`: its work ran and is committed with its record.
 * - `duplicate`: it was applied before; the work did not run.
 * - `stale`: its sequence number is behind what was applied for its key; dropped.
 * - `parked`: it is kept in the database until its predecessor has been applied, or a person decides.
 */
export type HandleOutcome = 'applied' | 'duplicate' | 'stale' | 'parked';

/** Work of either form. */
export type AnyWork<Tx> = Work<Tx> | PreparedWork<Tx, unknown>;
