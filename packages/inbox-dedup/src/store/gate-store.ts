import type { Envelope } from '@holdfast/core';
import type { SqlExecutor } from '@holdfast/sql';

/** One ordered series of messages, for one consumer. */
export interface Sequence {
  readonly consumer: string;
  readonly source: string;
  /** The name that the sender's outbox numbers by. */
  readonly stream: string;
  readonly key: string;
}

/** `early` waits for its predecessor; `failed` is next, and its work failed for good: a person decides. */
export type GateRole = 'early' | 'failed';

export interface GatedMessage {
  readonly sequence: Sequence;
  readonly number: bigint;
  readonly envelope: Envelope;
  readonly digest: Uint8Array;
  readonly role: GateRole;
  /** Why it failed, without payload; `null` for one that waits. */
  readonly reason: string | null;
}

/** Times are of the database's clock, epoch milliseconds. */
export interface BlockedKey {
  readonly sequence: Sequence;
  /** The number that is to be applied next. */
  readonly next: bigint;
  /** `missing`: it has not come; `failed`: its work failed for good. */
  readonly cause: 'missing' | 'failed';
  readonly reason: string | null;
  /** Messages that wait behind it. */
  readonly waiting: number;
  /** Since when the first of them waits. */
  readonly since: number;
}

/**
 * How far each sequence has been applied, and what is parked. All calls but `blocked` and `ready` run in a transaction
 * that has called `lock` first, which serializes the transactions of one sequence.
 */
export interface GateStore {
  /** Locks the sequence until the transaction ends. Returns the last number that was applied; 0 at the beginning. */
  lock(executor: SqlExecutor, sequence: Sequence): Promise<bigint>;
  /** Records that everything up to `number` is applied or skipped, and removes what was parked up to there. */
  advance(executor: SqlExecutor, sequence: Sequence, number: bigint): Promise<void>;
  /** Keeps a message. The same number again: the same digest changes only role and reason, another is refused with `false`. */
  park(executor: SqlExecutor, message: GatedMessage): Promise<boolean>;
  /** The parked message with this number. */
  parked(executor: SqlExecutor, sequence: Sequence, number: bigint): Promise<GatedMessage | null>;
  /** Sequences whose next message is parked as `early`: they can go on. And those that cannot. */
  list(executor: SqlExecutor, query: GateQuery): Promise<readonly BlockedKey[]>;
}

export interface GateQuery {
  readonly consumer: string;
  /** `ready`: the next message is parked and waits for nothing, `cause` is then `missing` and means nothing. */
  readonly state: 'ready' | 'blocked';
  readonly limit: number;
}
