import type { LogCursor } from '../store/log-cursor.ts';
import { cursorAt, type LogEntry, type LogPage } from '../store/log-page.ts';

const QUEUED = 0;
const SENT = 1;
const DONE = 2;

/** One entry on its way, and where it is. Only the window changes it. */
export interface WindowSlot {
  readonly entry: LogEntry;
  readonly page: LogPage;
  /** The entry's key as it was read: what a publisher does to an envelope must not change the order. */
  readonly key: string | null;
  state: typeof QUEUED | typeof SENT | typeof DONE;
}

/**
 * The entries between the log and the destination, in order of position: read, sent, and dealt with. Pure bookkeeping,
 * no I/O. The cursor may only move over entries from the front that are all dealt with.
 */
export class PublishWindow {
  readonly #slots: WindowSlot[] = [];
  /** Index of the first slot that is not done. */
  #head = 0;
  /** Index before which nothing is queued. */
  #next = 0;
  #inFlight = 0;
  #queued = 0;
  #progress: LogCursor | null = null;

  /** Entries that were sent and have no receipt yet. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Entries that are to be sent. */
  get queued(): number {
    return this.#queued;
  }

  get isEmpty(): boolean {
    return this.#inFlight === 0 && this.#queued === 0;
  }

  /** The first entry that is not dealt with, or `null`. */
  get first(): LogEntry | null {
    return this.#slots[this.#head]?.entry ?? null;
  }

  add(page: LogPage): void {
    for (const entry of page.entries) this.#slots.push({ entry, page, key: entry.envelope.key, state: QUEUED });
    this.#queued += page.entries.length;
  }

  /** The next up to `max` queued entries that `mayPass`, in order, now counted as sent. */
  take(max: number, mayPass: (slot: WindowSlot) => boolean = always): readonly WindowSlot[] {
    const taken: WindowSlot[] = [];
    let contiguous = true;
    for (let index = this.#next; index < this.#slots.length && taken.length < max; index += 1) {
      const slot = this.#slots[index];
      if (slot?.state === QUEUED) {
        if (mayPass(slot)) {
          slot.state = SENT;
          taken.push(slot);
        } else contiguous = false;
      }
      if (contiguous) this.#next = index + 1;
    }
    this.#inFlight += taken.length;
    this.#queued -= taken.length;
    return taken;
  }

  /** The entry is dealt with: published, or put aside. */
  settle(slot: WindowSlot): void {
    if (slot.state === DONE) return;
    if (slot.state === SENT) this.#inFlight -= 1;
    else this.#queued -= 1;
    slot.state = DONE;
    this.#advance();
  }

  /** The entry was not taken: it is queued again at its place. */
  putBack(slot: WindowSlot): void {
    if (slot.state !== SENT) return;
    slot.state = QUEUED;
    this.#inFlight -= 1;
    this.#queued += 1;
    this.#next = this.#head;
  }

  /** Where the cursor may be moved since the last call, or `null`. */
  takeProgress(): LogCursor | null {
    const progress = this.#progress;
    this.#progress = null;
    return progress;
  }

  #advance(): void {
    let last: WindowSlot | undefined;
    while (this.#slots[this.#head]?.state === DONE) {
      last = this.#slots[this.#head];
      this.#head += 1;
    }
    if (last === undefined) return;
    this.#progress = cursorAt(last.page, last.entry.position);
    this.#next = Math.max(this.#next, this.#head);
    this.#compact();
  }

  /** Forgets what is dealt with, in runs, so that the cost per entry stays constant. */
  #compact(): void {
    if (this.#head < this.#slots.length && this.#head < 1_000) return;
    this.#slots.splice(0, this.#head);
    this.#next -= this.#head;
    this.#head = 0;
  }
}

function always(): boolean {
  return true;
}
