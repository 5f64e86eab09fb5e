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

/** A place in a sequence. */
export interface SequencePosition {
  readonly sequence: Sequence;
  /** The number that is to be applied next. */
  readonly next: bigint;
}

/** `early` waits for its predecessor, or for its next try; `failed` is next and failed for good: a person decides. */
export type GateRole = 'early' | 'failed';

/** A message that is to be kept. */
export interface GatedMessage {
  readonly sequence: Sequence;
  readonly number: bigint;
  readonly envelope: Envelope;
  readonly digest: Uint8Array;
  readonly role: GateRole;
  /** Why it failed, without payload; `null` for one that has not been tried. */
  readonly reason: string | null;
  /** How often it was tried and failed since it was kept, or since a person decided. */
  readonly tries: number;
  /** A person put it in the place of the one that the sender sent. */
  readonly isReplacement: boolean;
  /** Not to be tried before so many milliseconds from now; `null` for as soon as it is next. */
  readonly retryInMs: number | null;
}

/** A message that is kept. */
export interface ParkedMessage extends Omit<GatedMessage, 'retryInMs'> {
  /** Whether its next try is still to be waited for. */
  readonly waitsForRetry: boolean;
}

/** How far a sequence is. */
export interface SequenceState {
  /** The last number that was applied or skipped; 0 at the beginning. */
  readonly applied: bigint;
  /** How many messages are parked behind it. */
  readonly parked: number;
}

/**
 * - `missing`: the next message has not come, though later ones have.
 * - `failed`: the next message failed for good; a person decides.
 * - `retrying`: the next message failed, and is tried again.
 */
export type BlockedCause = 'missing' | 'failed' | 'retrying';

/** Times are of the database's clock, epoch milliseconds. */
export interface BlockedKey extends SequencePosition {
  readonly cause: BlockedCause;
  /** Id and type of the message that is next; `null` when it is missing. */
  readonly id: string | null;
  readonly type: string | null;
  /** Why it failed, without payload. */
  readonly reason: string | null;
  /** Messages that wait behind it. */
  readonly waiting: number;
  /** The lowest number among them, or the next one when none waits: what is missing ends before it. */
  readonly first: bigint;
  /** The highest number among them, or the next one when none waits. */
  readonly last: bigint;
  /** Since when the one that has been parked longest is parked. */
  readonly since: number;
}

/**
 * How far each sequence has been applied, and what is parked.
 *
 * `lock` serializes the transactions of one sequence: `advance` and `park` run in a transaction that has called it first.
 * What they count is exact for that reason. `parked` sees what is committed, and in such a transaction the truth.
 */
export interface GateStore {
  /**
   * Locks the sequence until the transaction ends, and says how far it is. A sequence that is not known yet begins
   * after `begin`; with `null` it does not, and the answer is `null`.
   */
  lock(executor: SqlExecutor, sequence: Sequence, begin: bigint | null): Promise<SequenceState | null>;
  /** Records that everything up to `number` is applied or skipped, and removes what was parked up to there. */
  advance(executor: SqlExecutor, sequence: Sequence, number: bigint): Promise<void>;
  /** Keeps a message, in place of the one that is kept under its number, whose age it inherits. */
  park(executor: SqlExecutor, message: GatedMessage): Promise<void>;
  /** The parked message with this number. */
  parked(executor: SqlExecutor, sequence: Sequence, number: bigint): Promise<ParkedMessage | null>;
  /** Sequences of the consumer that cannot go on, those that wait longest first. */
  blocked(executor: SqlExecutor, query: BlockedQuery): Promise<readonly BlockedKey[]>;
  /**
   * Sequences of the consumer whose next message is parked and due, those whose turn came first in front. One that a transaction has
   * locked may be left out, and is not waited for.
   */
  ready(executor: SqlExecutor, query: ReadyQuery): Promise<readonly SequencePosition[]>;
}

export interface BlockedQuery {
  readonly consumer: string;
  readonly limit: number;
}

export interface ReadyQuery {
  readonly consumer: string;
  readonly limit: number;
  /** Those of these streams, whatever the next message's type, */
  readonly streams: readonly string[];
  /** and those whose next message is of these types. */
  readonly types: readonly string[];
}
