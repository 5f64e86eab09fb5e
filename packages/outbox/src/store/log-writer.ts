import type { LogRecord } from './log-record.ts';

/**
 * Writes messages inside the sender's transaction, one statement per call. For records with a key it holds the key's
 * commit-order lock until the transaction ends, so that positions of one key grow in commit order.
 * Records with a `stream` get the next number of their source, stream and key as attribute `sequence`: 1, 2, 3, … in commit order and,
 * within a transaction, in the order given; a transaction that rolls back takes none. They hold their key's lock when delayed, too.
 * Throws {@link UnknownDestinationError} when a destination was never declared; the transaction must then be rolled back.
 */
export interface LogWriter<Executor> {
  append(executor: Executor, records: readonly LogRecord[]): Promise<void>;
}

/** The same for synchronous handles. */
export interface SyncLogWriter<Executor> {
  appendSync(executor: Executor, records: readonly LogRecord[]): void;
}
