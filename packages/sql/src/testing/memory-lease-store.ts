import { type Clock, integerOption } from '@holdfast/core';
import type { Lease, LeaseRequest, LeaseStore } from '../leases/lease-store.ts';

interface Row {
  holder: string | null;
  fencingToken: bigint;
  expiresAt: number;
}

export interface MemoryLeaseStoreOptions {
  /** Stands for the clock of the database. */
  readonly clock: Clock;
}

/** Leases in memory, for simulations. */
export class MemoryLeaseStore implements LeaseStore {
  readonly #clock: Clock;
  readonly #rows = new Map<string, Row>();

  constructor({ clock }: MemoryLeaseStoreOptions) {
    this.#clock = clock;
  }

  async acquire({ name, holder, leaseMs }: LeaseRequest): Promise<Lease | null> {
    integerOption('leaseMs', leaseMs, { min: 1 });
    const now = this.#clock.now();
    const row = this.#rows.get(name) ?? { holder: null, fencingToken: 0n, expiresAt: Number.NEGATIVE_INFINITY };
    const expired = row.expiresAt <= now;
    if (!expired && row.holder !== holder) {
      return null;
    }
    const fencingToken = expired ? row.fencingToken + 1n : row.fencingToken;
    this.#rows.set(name, { holder, fencingToken, expiresAt: now + leaseMs });
    return { name, fencingToken, leaseMs };
  }

  async renew({ name, fencingToken, leaseMs }: Lease): Promise<boolean> {
    const row = this.#rows.get(name);
    const now = this.#clock.now();
    if (row?.fencingToken !== fencingToken || row.expiresAt <= now) {
      return false;
    }
    row.expiresAt = now + leaseMs;
    return true;
  }

  async release({ name, fencingToken }: Lease): Promise<void> {
    const row = this.#rows.get(name);
    if (row?.fencingToken === fencingToken) {
      row.holder = null;
      row.expiresAt = Number.NEGATIVE_INFINITY;
    }
  }
}
