import type { SqlDelivery } from './sql-delivery.ts';

export interface HeldClaimOptions {
  readonly claim: number;
  readonly leaseEndsAt: number;
  readonly size: number;
  readonly register: Set<HeldClaim>;
}

/** A claim that this process holds, in the register of all that it holds of a queue. */
export class HeldClaim {
  readonly claim: number;
  /** On `Clock.monotonic()`, counted from before the call that set it: never later than the database's time. */
  leaseEndsAt: number;
  readonly register: Set<HeldClaim>;
  /** How many messages it had when it was made. */
  readonly size: number;
  readonly #deliveries: SqlDelivery[] = [];
  #open = 0;

  constructor({ claim, leaseEndsAt, size, register }: HeldClaimOptions) {
    this.claim = claim;
    this.leaseEndsAt = leaseEndsAt;
    this.size = size;
    this.register = register;
    register.add(this);
  }

  add(delivery: SqlDelivery): void {
    this.#deliveries.push(delivery);
    this.#open += 1;
  }

  /** One of its deliveries is settled, or has another claim now. */
  drop(): void {
    this.#open -= 1;
    if (this.#open === 0) this.register.delete(this);
  }

  /** What is not settled. */
  open(): readonly SqlDelivery[] {
    return this.#deliveries.filter((delivery) => !delivery.isOver && delivery.held === this);
  }
}
