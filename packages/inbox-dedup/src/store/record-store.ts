import type { SqlExecutor } from '@holdfast/sql';
import type { MessageIdentity } from './message-identity.ts';

/** A message to be recorded. */
export interface RecordEntry extends MessageIdentity {
  /** Of type and body: 16 bytes of SHA-256. */
  readonly digest: Uint8Array;
}

/** `conflict`: the id is recorded with another digest. */
export type Recorded = 'new' | 'duplicate' | 'conflict';

/**
 * The records of messages that were applied.
 *
 * Guarantees: `record` inserts first, in the caller's transaction, so of any number of transactions that record one
 * message at the same time exactly one gets `new` and commits; the others wait for its end, and get `duplicate` when it
 * has committed. Answers are in the order of the entries; an entry that comes twice in one call is `new` once. Calls
 * with several entries take their locks in one order, so that they do not deadlock among themselves.
 */
export interface RecordStore {
  record(executor: SqlExecutor, entries: readonly RecordEntry[]): Promise<readonly Recorded[]>;
  /** What `record` would say now, without writing and without waiting. */
  look(executor: SqlExecutor, entries: readonly RecordEntry[]): Promise<readonly Recorded[]>;
  /** Removes the record, so that the message would be applied again. `false` when there is none. */
  forget(executor: SqlExecutor, identity: MessageIdentity): Promise<boolean>;
}
