import type { Clock, LoopResult } from '@holdfast/core';
import type { HousekeepingStore } from '../store/housekeeping-store.ts';

const PROMOTE_EVERY_MS = 1_000;
const PROMOTE_BATCH = 500;
const ROTATE_EVERY_MS = 5_000;

/** What any relay does for all: due delayed messages enter the log, old entries are freed. Safe when several do it. */
export class Housekeeper {
  readonly #store: HousekeepingStore;
  readonly #clock: Clock;
  #rotateAt = 0;

  constructor(store: HousekeepingStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  async runOnce(): Promise<LoopResult> {
    const promoted = await this.promoteDelayed();
    await this.#rotateIfDue();
    return promoted === PROMOTE_BATCH ? 'busy' : { sleepMs: PROMOTE_EVERY_MS };
  }

  promoteDelayed(): Promise<number> {
    return this.#store.promoteDelayed(PROMOTE_BATCH);
  }

  async #rotateIfDue(): Promise<void> {
    if (this.#clock.monotonic() < this.#rotateAt) return;
    this.#rotateAt = this.#clock.monotonic() + ROTATE_EVERY_MS;
    // On a store that frees in chunks, go on until there is nothing left to free.
    while ((await this.#store.rotate()).freed);
  }
}
