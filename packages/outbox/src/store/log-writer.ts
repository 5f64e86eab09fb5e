import type { LogRecord } from './log-record.ts';

/**
 * Writes messages inside the sender's transaction, one statement per call. For records with a key it holds the key's
 * commit-order lock until the transaction ends, so that positions of one key grow in commit order.
 * Throws {@link UnknownDestinationError} when a destination was never declared; the transaction must then be rolled back.
 */
export interface LogWriter<Executor> {
  append(executor: Executor, records: readonly LogRecord[]): Promise<void>;
}

/** The same for synchronous handles. */
export interface SyncLogWriter<Executor> {
  appendSync(executor: Executor, records: readonly LogRecord[]): void;
}
