import type { Clock, LoopResult } from '@holdfast/core';
import type { HousekeepingStore, RotationResult } from '../store/housekeeping-store.ts';
import type { RelayEventListener } from './relay-event.ts';

const PROMOTE_EVERY_MS = 1_000;
const PROMOTE_BATCH = 500;
const ROTATE_EVERY_MS = 5_000;

/** What any relay does for all: due delayed messages enter the log, old entries are freed. Safe when several do it. */
export class Housekeeper {
  readonly #store: HousekeepingStore;
  readonly #clock: Clock;
  readonly #emit: RelayEventListener;
  #rotateAt = 0;
  #lastReason: RotationResult['reason'] = 'nothing';

  constructor(store: HousekeepingStore, clock: Clock, emit: RelayEventListener) {
    this.#store = store;
    this.#clock = clock;
    this.#emit = emit;
  }

  async runOnce(): Promise<LoopResult> {
    const promoted = await this.promoteDelayed();
    await this.#rotateIfDue();
    return promoted === PROMOTE_BATCH ? 'busy' : { sleepMs: PROMOTE_EVERY_MS };
  }

  /** All that is due now, and one attempt to free what is old. */
  async runUntilDone(): Promise<void> {
    while ((await this.promoteDelayed()) === PROMOTE_BATCH);
    await this.#rotateIfDue();
  }

  promoteDelayed(): Promise<number> {
    return this.#store.promoteDelayed(PROMOTE_BATCH);
  }

  async #rotateIfDue(): Promise<void> {
    if (this.#clock.monotonic() < this.#rotateAt) return;
    this.#rotateAt = this.#clock.monotonic() + ROTATE_EVERY_MS;
    let result = await this.#store.rotate();
    // On a store that frees in chunks, go on until there is nothing left to free.
    while (result.freed) result = await this.#store.rotate();
    this.#tell(result.reason);
  }

  /** Told once when it begins: the disk fills while it lasts. */
  #tell(reason: RotationResult['reason']): void {
    const isDelayed = reason === 'waiting' || reason === 'locked';
    if (isDelayed && reason !== this.#lastReason) this.#emit({ type: 'retention-delayed', reason });
    this.#lastReason = reason;
  }
}
