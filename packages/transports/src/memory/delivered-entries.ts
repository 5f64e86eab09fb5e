import type { QueueEntry } from './queue-entry.ts';

/** The unsettled entries in the order of their first delivery, so that the oldest is known at once. */
export class DeliveredEntries {
  #first: QueueEntry | null = null;
  #last: QueueEntry | null = null;

  get first(): QueueEntry | null {
    return this.#first;
  }

  append(entry: QueueEntry): void {
    entry.previous = this.#last;
    if (this.#last === null) this.#first = entry;
    else this.#last.next = entry;
    this.#last = entry;
  }

  remove(entry: QueueEntry): void {
    if (entry.previous === null) this.#first = entry.next;
    else entry.previous.next = entry.next;
    if (entry.next === null) this.#last = entry.previous;
    else entry.next.previous = entry.previous;
    entry.previous = null;
    entry.next = null;
  }
}
