import type { Clock } from '@holdfast/core';
import type { LaneClaim, LaneStore } from '../store/lane-store.ts';
import type { LogCursor } from '../store/log-cursor.ts';
import type { ParkedEntry } from '../store/parked-message.ts';

export interface ProgressRecorderOptions {
  readonly lanes: LaneStore;
  readonly claim: LaneClaim;
  readonly clock: Clock;
  /** Shortest time between two writes, in milliseconds. What is not written when the process dies is published again. */
  readonly intervalMs: number;
  /** A newer token has claimed the lane. */
  readonly onFenced: () => void;
}

/** Writes a lane's progress behind the publishing: one write at a time, the newest cursor wins, parked entries add up. */
export class ProgressRecorder {
  readonly #options: ProgressRecorderOptions;
  #cursor: LogCursor | null = null;
  #parked: ParkedEntry[] = [];
  #floor: number;
  #writing: Promise<void> | null = null;
  #pause = new AbortController();
  #error: unknown = null;
  #closed = false;

  constructor(options: ProgressRecorderOptions) {
    this.#options = options;
    this.#floor = options.claim.cursor.floor;
  }

  /** The newest floor that the store has told. */
  get floor(): number {
    return this.#floor;
  }

  get hasUnsaved(): boolean {
    return this.#cursor !== null || this.#parked.length > 0;
  }

  /** To be recorded together with the next cursor. */
  park(entry: ParkedEntry): void {
    if (!this.#closed) this.#parked.push(entry);
  }

  move(cursor: LogCursor): void {
    if (this.#closed) return;
    this.#cursor = cursor;
    this.#begin();
  }

  /** Writes what an earlier, failed write has left. */
  resume(): void {
    this.#begin();
  }

  /** Rejects with the error of a write that failed since the last call; what it would have written is kept. */
  throwIfFailed(): void {
    const error = this.#error;
    this.#error = null;
    if (error !== null) throw error;
  }

  /** The claim is lost: nothing more is written under it, whatever still comes. */
  close(): void {
    this.#closed = true;
    this.#cursor = null;
    this.#parked = [];
    this.#pause.abort();
  }

  /** Resolves when everything up to now is written; rejects when it could not be. */
  async flush(): Promise<void> {
    while (this.#cursor !== null || this.#writing !== null) {
      this.#begin();
      this.#pause.abort();
      await this.#writing;
      this.throwIfFailed();
    }
  }

  #begin(): void {
    if (this.#writing !== null || this.#cursor === null) return;
    this.#pause = new AbortController();
    this.#writing = this.#write().finally(() => {
      this.#writing = null;
    });
  }

  async #write(): Promise<void> {
    const { lanes, claim, clock, intervalMs, onFenced } = this.#options;
    while (this.#cursor !== null) {
      const cursor = this.#cursor;
      const parked = this.#parked;
      this.#cursor = null;
      this.#parked = [];
      try {
        const settled = await lanes.settle(claim, { cursor, parked });
        if (settled === null) {
          this.close();
          return onFenced();
        }
        this.#floor = settled.floor;
      } catch (error) {
        if (this.#closed) return;
        this.#cursor ??= cursor;
        this.#parked.unshift(...parked);
        this.#error = error;
        return;
      }
      if (!this.#pause.signal.aborted) await clock.sleep(intervalMs, this.#pause.signal);
    }
  }
}
