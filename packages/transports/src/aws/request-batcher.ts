import type { Clock } from '@holdfast/core';
import { MAX_ENTRIES } from './outgoing-entry.ts';

export interface RequestBatcherOptions<Item> {
  readonly clock: Clock;
  /** How many requests are in flight at most. */
  readonly concurrency: number;
  /** Does one request and tells each item what became of it. Must not reject. */
  readonly send: (items: readonly Item[]) => Promise<void>;
  /** Size of one item, and of one request. @default nothing is counted */
  readonly bytesOf?: (item: Item) => number;
  readonly maxBytes?: number;
}

/**
 * Packs items into requests of ten, in order. What comes within one turn of the event loop goes together. A request that
 * is not full starts only while few are in flight: otherwise it would fill up meanwhile.
 */
export class RequestBatcher<Item> {
  readonly #clock: Clock;
  readonly #concurrency: number;
  readonly #partialConcurrency: number;
  readonly #send: (items: readonly Item[]) => Promise<void>;
  readonly #bytesOf: (item: Item) => number;
  readonly #maxBytes: number;
  #waiting: Item[] = [];
  /** Index of the first item in `#waiting` that still waits. */
  #first = 0;
  #inFlight = 0;
  #scheduled = false;

  constructor({ clock, concurrency, send, bytesOf = () => 0, maxBytes = 0 }: RequestBatcherOptions<Item>) {
    this.#clock = clock;
    this.#concurrency = concurrency;
    this.#partialConcurrency = Math.max(1, Math.floor(concurrency / 2));
    this.#send = send;
    this.#bytesOf = bytesOf;
    this.#maxBytes = maxBytes;
  }

  add(item: Item): void {
    this.#waiting.push(item);
    if (this.#scheduled) return;
    this.#scheduled = true;
    void this.#clock.sleep(0).then(() => {
      this.#scheduled = false;
      this.#pump();
    });
  }

  /** Takes out what waits and was not sent. */
  takeWaiting(): readonly Item[] {
    const waiting = this.#waiting.slice(this.#first);
    this.#waiting = [];
    this.#first = 0;
    return waiting;
  }

  get #waitingCount(): number {
    return this.#waiting.length - this.#first;
  }

  #pump(): void {
    while (this.#waitingCount > 0 && this.#inFlight < this.#concurrency) {
      if (this.#waitingCount < MAX_ENTRIES && this.#inFlight >= this.#partialConcurrency) return;
      this.#inFlight += 1;
      void this.#send(this.#next()).then(() => {
        this.#inFlight -= 1;
        this.#pump();
      });
    }
  }

  #next(): readonly Item[] {
    let end = this.#first;
    let bytes = 0;
    for (; end < this.#waiting.length && end - this.#first < MAX_ENTRIES; end += 1) {
      const item = this.#waiting[end];
      if (item === undefined) break;
      bytes += this.#bytesOf(item);
      if (bytes > this.#maxBytes && end > this.#first) break;
    }
    const items = this.#waiting.slice(this.#first, end);
    this.#first = end;
    if (this.#first === this.#waiting.length) {
      this.#waiting = [];
      this.#first = 0;
    } else if (this.#first > 1_024) {
      this.#waiting = this.#waiting.slice(this.#first);
      this.#first = 0;
    }
    return items;
  }
}
