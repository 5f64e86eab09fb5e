import type { Clock } from '@holdfast/core';
import type { PurgeRequest } from '../store/retention-store.ts';
import type { InboxUpkeep } from './inbox-upkeep.ts';

export interface PurgerOptions {
  readonly upkeep: InboxUpkeep;
  readonly clock: Clock;
  /** Rows in one transaction. */
  readonly chunk: number;
  /** Called after every chunk. */
  readonly onChunk: () => void;
}

type Rows = PurgeRequest['rows'];

/** Rows that were locked when their turn came are found by beginning at the start again. */
const FROM_START_EVERY_MS = 3_600_000;
const SHORTEST_PAUSE_MS = 2;

/** Removes what is due, chunk by chunk. Between chunks it rests as long as the last one took, so that others get through. */
export class Purger {
  readonly #options: PurgerOptions;
  readonly #from = new Map<Rows, string>();
  #fromStartAt = Number.NEGATIVE_INFINITY;

  constructor(options: PurgerOptions) {
    this.#options = options;
  }

  /** Until nothing is due, or `signal` is aborted. Returns how many rows it removed. */
  async purge(signal: AbortSignal): Promise<Readonly<Record<Rows, number>>> {
    const now = this.#options.clock.monotonic();
    if (now >= this.#fromStartAt) {
      this.#from.clear();
      this.#fromStartAt = now + FROM_START_EVERY_MS;
    }
    return { records: await this.#purgeRows('records', signal), attempts: await this.#purgeRows('attempts', signal) };
  }

  async #purgeRows(rows: Rows, signal: AbortSignal): Promise<number> {
    const { upkeep, clock, chunk, onChunk } = this.#options;
    let total = 0;
    while (!signal.aborted) {
      const began = clock.monotonic();
      const { removed, next } = await upkeep.purge({ rows, limit: chunk, from: this.#from.get(rows) ?? null });
      total += removed;
      onChunk();
      if (next !== null) this.#from.set(rows, next);
      if (removed < chunk) break;
      await clock.sleep(Math.max(SHORTEST_PAUSE_MS, clock.monotonic() - began), signal);
    }
    return total;
  }
}
