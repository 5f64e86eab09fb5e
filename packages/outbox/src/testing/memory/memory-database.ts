import type { Clock, Envelope } from '@holdfast/core';
import type { LogCursor } from '../../store/log-cursor.ts';
import type { LogRecord } from '../../store/log-record.ts';
import type { ParkedAction, ParkedEntry } from '../../store/parked-message.ts';
import { MemoryKeyLocks } from './memory-key-locks.ts';
import { MemoryTransaction } from './memory-transaction.ts';

export interface StoredEntry {
  readonly position: number;
  readonly lane: number;
  readonly envelope: Envelope;
  readonly createdAt: number;
  /** The number of the commit that made it visible. Grows along a lane's `entries`. */
  readonly commit: number;
}

export interface StoredLane {
  readonly lane: number;
  readonly destination: string;
  fencingToken: bigint;
  cursor: LogCursor;
  /** The history that `cursor` belongs to, or `null` before the first claim. */
  history: string | null;
  retired: boolean;
  /** Committed entries in the order of their commits, which is not the order of their positions. */
  entries: StoredEntry[];
}

export interface StoredDelayed {
  readonly number: number;
  readonly dueAt: number;
  readonly record: LogRecord;
}

export interface StoredParked extends ParkedEntry {
  readonly lane: number;
  readonly parkedAt: number;
  requested: ParkedAction | null;
}

export interface StoredDestination {
  readonly firstLane: number;
  readonly lanes: number;
}

/** The cursor that has seen nothing. */
export const NOTHING_SEEN: LogCursor = Object.freeze({ consumed: '0', target: null, position: 0, floor: 0 });

/**
 * What a database keeps for an outbox. A snapshot is the number of a commit: it sees all commits up to it. Positions are
 * drawn before, so an early position can become visible late, as on PostgreSQL.
 */
export class MemoryDatabase {
  readonly clock: Clock;
  readonly locks = new MemoryKeyLocks();
  readonly destinations = new Map<string, StoredDestination>([['default', { firstLane: 0, lanes: 1 }]]);
  readonly lanes: StoredLane[] = [laneOf(0, 'default')];
  readonly open = new Set<MemoryTransaction>();
  delayed: StoredDelayed[] = [];
  parked: StoredParked[] = [];
  /** The last number of each source, stream and key, in JSON. */
  readonly numbers = new Map<string, bigint>();
  #position = 0;
  #delayedNumber = 0;
  #commits = 0;
  #history = 1;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  get history(): string {
    return `memory/${this.#history}`;
  }

  /** The number of the last commit. */
  get commits(): number {
    return this.#commits;
  }

  get lastPosition(): number {
    return this.#position;
  }

  begin(): MemoryTransaction {
    const transaction = new MemoryTransaction(this);
    this.open.add(transaction);
    return transaction;
  }

  drawPosition(): number {
    this.#position += 1;
    return this.#position;
  }

  drawDelayedNumber(): number {
    this.#delayedNumber += 1;
    return this.#delayedNumber;
  }

  /** Makes entries visible, all at once. */
  commit(entries: readonly Omit<StoredEntry, 'commit'>[], delayed: readonly StoredDelayed[]): void {
    this.#commits += 1;
    for (const entry of entries) this.lane(entry.lane).entries.push({ ...entry, commit: this.#commits });
    this.delayed.push(...delayed);
    if (delayed.length > 0) this.delayed.sort((a, b) => a.dueAt - b.dueAt || a.number - b.number);
  }

  lane(number: number): StoredLane {
    const lane = this.lanes[number];
    if (lane === undefined) throw new RangeError(`no lane "${number}"`);
    return lane;
  }

  addLane(destination: string): void {
    this.lanes.push(laneOf(this.lanes.length, destination));
  }

  /** As if this were another server, restored from a dump. */
  changeHistory(): void {
    this.#history += 1;
  }
}

function laneOf(lane: number, destination: string): StoredLane {
  return { lane, destination, fencingToken: 0n, cursor: NOTHING_SEEN, history: null, retired: false, entries: [] };
}
