import { DeadlineHeap } from '../timing/deadline-heap.ts';
import { ChunkedFifo } from './chunked-fifo.ts';
import { DeliveredEntries } from './delivered-entries.ts';
import { type QueueEntry, queueEntry } from './queue-entry.ts';
import type { StoredMessage } from './stored-message.ts';

export interface MemoryQueueOptions {
  readonly name: string;
  readonly leaseMs: number;
  /** How many messages it holds, dead letters included. */
  readonly maxMessages: number;
}

/** Counts of one queue at one moment. */
export interface QueueStats {
  /** Waiting to be pulled. */
  readonly ready: number;
  /** Pulled and not settled. */
  readonly leased: number;
  /** Handed back with a delay that has not passed. */
  readonly delayed: number;
  /** Taken from this queue and now in its dead-letter queue. */
  readonly dead: number;
  /** Age of the oldest message that is not settled and not dead, in milliseconds; `null` when there is none. */
  readonly oldestAgeMs: number | null;
}

/**
 * The state of one queue: no I/O, no timer; every method is told the time (`Clock.monotonic()`), and each costs O(1)
 * or O(log n). Messages leave in the order in which they came when they are delivered for the first time. What comes
 * back takes turns with what is new, so that neither starves the other.
 */
export class MemoryQueue {
  readonly name: string;
  readonly leaseMs: number;
  readonly #maxMessages: number;
  readonly #fresh = new ChunkedFifo<StoredMessage>();
  readonly #returned = new ChunkedFifo<QueueEntry>();
  readonly #leased = new DeadlineHeap<QueueEntry>();
  readonly #delayed = new DeadlineHeap<QueueEntry>();
  readonly #delivered = new DeliveredEntries();
  #dead = 0;
  #returnedHasTurn = true;

  constructor({ name, leaseMs, maxMessages }: MemoryQueueOptions) {
    this.name = name;
    this.leaseMs = leaseMs;
    this.#maxMessages = maxMessages;
  }

  get isFull(): boolean {
    const waiting = this.#fresh.size + this.#returned.size;
    return waiting + this.#leased.size + this.#delayed.size + this.#dead >= this.#maxMessages;
  }

  add(message: StoredMessage): void {
    this.#fresh.push(message);
  }

  hasReady(now: number): boolean {
    this.#returnDue(now);
    return this.#fresh.size + this.#returned.size > 0;
  }

  /** Leases the next message, or returns `undefined` when none is ready. */
  take(now: number): QueueEntry | undefined {
    this.#returnDue(now);
    const entry = this.#next();
    if (entry === undefined) return undefined;
    entry.place = 'leased';
    entry.deliveryCount += 1;
    entry.deadline = now + this.leaseMs;
    this.#leased.add(entry);
    return entry;
  }

  /** When the next message comes back by itself. */
  nextReturnAt(): number {
    return Math.min(this.#leased.peek()?.deadline ?? Infinity, this.#delayed.peek()?.deadline ?? Infinity);
  }

  /** Whether the delivery with this number still holds the lease. */
  isLeased(entry: QueueEntry, deliveryCount: number, now: number): boolean {
    return entry.place === 'leased' && entry.deliveryCount === deliveryCount && entry.deadline > now;
  }

  /** Takes a leased message out for good. */
  settle(entry: QueueEntry): void {
    this.#leased.remove(entry);
    this.#forget(entry);
  }

  /** Ends the lease, so that the message is delivered again from `readyAt` on. */
  handBack(entry: QueueEntry, readyAt: number): void {
    this.#leased.remove(entry);
    entry.place = 'delayed';
    entry.deadline = readyAt;
    this.#delayed.add(entry);
  }

  extend(entry: QueueEntry, leaseEndsAt: number): void {
    this.#leased.remove(entry);
    entry.deadline = leaseEndsAt;
    this.#leased.add(entry);
  }

  countDead(change: 1 | -1): void {
    this.#dead += change;
  }

  /** The messages that wait to be pulled, in the order in which they came back or came. */
  *waiting(now: number): Iterable<StoredMessage> {
    this.#returnDue(now);
    for (const entry of this.#returned) yield entry.message;
    yield* this.#fresh;
  }

  /** Takes out up to `max` of the messages that wait to be pulled and match. */
  extract(now: number, max: number, matches: (message: StoredMessage) => boolean): StoredMessage[] {
    this.#returnDue(now);
    const returned = this.#returned.extract(max, (entry) => matches(entry.message));
    for (const entry of returned) this.#forget(entry);
    return [...returned.map((entry) => entry.message), ...this.#fresh.extract(max - returned.length, matches)];
  }

  stats(now: number): QueueStats {
    this.#returnDue(now);
    const oldest = Math.min(
      this.#fresh.peek()?.storedAt ?? Infinity,
      this.#delivered.first?.message.storedAt ?? Infinity,
    );
    return {
      ready: this.#fresh.size + this.#returned.size,
      leased: this.#leased.size,
      delayed: this.#delayed.size,
      dead: this.#dead,
      oldestAgeMs: oldest === Infinity ? null : now - oldest,
    };
  }

  #next(): QueueEntry | undefined {
    if (this.#returned.size > 0 && (this.#returnedHasTurn || this.#fresh.size === 0)) {
      this.#returnedHasTurn = false;
      return this.#returned.shift();
    }
    this.#returnedHasTurn = true;
    const message = this.#fresh.shift();
    if (message === undefined) return undefined;
    const entry = queueEntry(message);
    this.#delivered.append(entry);
    return entry;
  }

  #returnDue(now: number): void {
    this.#returnDueOf(this.#leased, now);
    this.#returnDueOf(this.#delayed, now);
  }

  #returnDueOf(heap: DeadlineHeap<QueueEntry>, now: number): void {
    for (let due = heap.popDue(now); due !== undefined; due = heap.popDue(now)) {
      due.place = 'returned';
      this.#returned.push(due);
    }
  }

  #forget(entry: QueueEntry): void {
    entry.place = 'settled';
    this.#delivered.remove(entry);
  }
}
