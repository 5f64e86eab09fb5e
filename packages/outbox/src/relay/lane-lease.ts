import type { Clock } from '@holdfast/core';
import type { Lease, LeaseStore } from '@holdfast/sql';
import type { LaneClaim, LaneStore } from '../store/lane-store.ts';

export interface LaneLeaseOptions {
  readonly lane: number;
  readonly leaseName: string;
  readonly holder: string;
  readonly leaseMs: number;
  readonly leases: LeaseStore;
  readonly lanes: LaneStore;
  readonly clock: Clock;
}

/**
 * One process's hold on a lane. The lease decides who may try; the fencing token, stamped on the lane, decides whose
 * records count. How long the lease still lasts is counted from before it was asked for, so this side always gives up first.
 */
export class LaneLease {
  readonly #options: LaneLeaseOptions;
  #lease: Lease | null = null;
  #claim: LaneClaim | null = null;
  #claiming = false;
  #validUntil = 0;

  constructor(options: LaneLeaseOptions) {
    this.#options = options;
  }

  get claim(): LaneClaim | null {
    return this.#claim;
  }

  /** Whether work may be started under the lease: it has at least a tenth of its length left. */
  get held(): boolean {
    const margin = this.#options.leaseMs / 10;
    return this.#claim !== null && this.#options.clock.monotonic() < this.#validUntil - margin;
  }

  /** Takes the lease and claims the lane. `null` when another process has it. */
  async take(): Promise<LaneClaim | null> {
    const { leases, lanes, lane, leaseName, holder, leaseMs, clock } = this.#options;
    if (this.#claim !== null) this.drop();
    const askedAt = clock.monotonic();
    const lease = await leases.acquire({ name: leaseName, holder, leaseMs });
    if (lease === null) return null;
    this.#lease = lease;
    this.#validUntil = askedAt + leaseMs;
    // Claiming can take longer than the lease, after a restore; meanwhile it is prolonged.
    this.#claiming = true;
    try {
      this.#claim = await lanes.claim(lane, lease.fencingToken);
    } finally {
      this.#claiming = false;
    }
    // The lane has seen a newer token than the lease table gives (it was reset): each new lease brings a greater one.
    if (this.#claim === null) await this.release();
    return this.#claim;
  }

  /** Prolongs the lease. When it is lost, or cannot be prolonged in time, the claim ends. */
  async renew(): Promise<void> {
    const lease = this.#lease;
    if (lease === null || (this.#claim === null && !this.#claiming)) return;
    const { leases, clock, leaseMs } = this.#options;
    const askedAt = clock.monotonic();
    if (await leases.renew(lease)) this.#validUntil = askedAt + leaseMs;
    else if (this.#lease === lease) this.drop();
  }

  /** Ends the claim on this side only; the lease is left to run out or to be taken again. */
  drop(): void {
    this.#claim = null;
  }

  /** Ends the claim and lets a standby take over at once. */
  async release(): Promise<void> {
    const lease = this.#lease;
    this.drop();
    this.#lease = null;
    if (lease !== null) await this.#options.leases.release(lease);
  }
}
