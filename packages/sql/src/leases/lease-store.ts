/** A time-limited, exclusive hold on a name, by the database's clock. */
export interface Lease {
  readonly name: string;
  /** Grows with every change of holder. Every write under the lease must be conditional on it. */
  readonly fencingToken: bigint;
  /** How long the lease lasted from the moment that it was asked for, in milliseconds: count from before the call. */
  readonly leaseMs: number;
}

/**
 * Leases with fencing tokens (Kleppmann, "How to do distributed locking", 2016). At most one holder at a time by the
 * database's clock; a paused holder may still *believe* that it holds, which is what the token is for.
 */
export interface LeaseStore {
  /**
   * Takes the lease when it is free or has run out, with a token greater than every earlier one; when `holder` has it
   * already, prolongs it under the same token. `null` when another holder has it.
   */
  acquire(request: LeaseRequest): Promise<Lease | null>;
  /** Prolongs it by its length from now. `false` when it is lost: another holder took it, or may have taken it. */
  renew(lease: Lease): Promise<boolean>;
  /** Gives it up at once, so that a standby need not wait. Does nothing when it is lost. */
  release(lease: Lease): Promise<void>;
}

export interface LeaseRequest {
  readonly name: string;
  /** Unique per process and activity, e.g. a UUID. */
  readonly holder: string;
  readonly leaseMs: number;
}
