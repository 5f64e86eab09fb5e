import type { Clock } from '@holdfast/core';
import type { LeaseStore } from '@holdfast/sql';

export interface WorkerLeaseOptions {
  /** Left out, it is always held. */
  readonly leases: LeaseStore | undefined;
  readonly name: string;
  readonly holder: string;
  readonly leaseMs: number;
  readonly clock: Clock;
}

/**
 * Lets one worker of several work while the others stand by. It saves looks at the database and conflicts; what is right never
 * depends on it, so it needs no fencing.
 */
export class WorkerLease {
  readonly #options: WorkerLeaseOptions;
  #lease: Awaited<ReturnType<LeaseStore['acquire']>> = null;
  #askedAt = Number.NEGATIVE_INFINITY;
  #isGivenUp = false;

  constructor(options: WorkerLeaseOptions) {
    this.#options = options;
  }

  get isHeld(): boolean {
    const { leases, clock, leaseMs } = this.#options;
    if (leases === undefined) return true;
    return this.#lease !== null && clock.monotonic() < this.#askedAt + leaseMs;
  }

  /** Takes it, or prolongs it when a third of its time is over. `false` when another worker has it. */
  async keep(): Promise<boolean> {
    const { leases, clock, leaseMs, name, holder } = this.#options;
    if (this.#isGivenUp) return false;
    const now = clock.monotonic();
    if (leases === undefined || (this.#lease !== null && now < this.#askedAt + leaseMs / 3)) return true;
    this.#lease = await leases.acquire({ name, holder, leaseMs });
    this.#askedAt = now;
    return this.#lease !== null;
  }

  /** Gives it up for good, so that a standby need not wait. */
  async release(): Promise<void> {
    this.#isGivenUp = true;
    const lease = this.#lease;
    this.#lease = null;
    if (lease !== null) await this.#options.leases?.release(lease);
  }
}
