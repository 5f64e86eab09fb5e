import type { LogRecord } from '../../store/log-record.ts';
import type { OutboxStore } from '../../store/outbox-store.ts';

/** A sender's transaction on a connection of its own. */
export interface SenderTransaction {
  /** Calls the store's writer in this transaction. */
  append(records: readonly LogRecord[]): Promise<void>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

/** A store with an empty log and the destination `default` with one lane, and what the rules need around it. */
export interface OutboxStoreFixture {
  // `never`: the rules reach the writer through their transactions only.
  readonly store: OutboxStore<never>;
  begin(): Promise<SenderTransaction>;
  /** The database's time, in milliseconds since the Unix epoch. */
  now(): Promise<number>;
  /** Makes all that is stored older by so many milliseconds, at once: entries, and the waits of delayed messages. */
  elapse(ms: number): Promise<void>;
  /** Makes all that was written to the log by now older than retention asks for, by open transactions too. */
  elapseRetention(): Promise<void>;
  /** Makes the cursors that are stored void, as a restore does. */
  changeHistory(): Promise<void>;
  drop(): Promise<void>;
}
