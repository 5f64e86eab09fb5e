import type { SqlDelivery } from './sql-delivery.ts';

/** A claim that this process holds, in the register of all that it holds of a queue. */
export class HeldClaim {
  readonly claim: number;
  /** On `Clock.monotonic()`, counted from before the call that set it: never later than the database's time. */
  leaseEndsAt: number;
  /** What is not settled. */
  readonly open = new Set<SqlDelivery>();
  readonly register: Set<HeldClaim>;

  constructor(claim: number, leaseEndsAt: number, register: Set<HeldClaim>) {
    this.claim = claim;
    this.leaseEndsAt = leaseEndsAt;
    this.register = register;
    register.add(this);
  }

  remove(delivery: SqlDelivery): void {
    this.open.delete(delivery);
    if (this.open.size === 0) this.register.delete(this);
  }
}
