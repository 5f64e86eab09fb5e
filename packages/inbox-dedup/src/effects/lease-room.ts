import type { Clock } from '@holdfast/core';

/**
 * How much of a lease is left for sure, counted from before it was asked for. The greater of both clocks counts: the one stands still
 * while a machine sleeps, the other may be put back.
 */
export class LeaseRoom {
  readonly #clock: Clock;
  readonly #leaseMs: number;
  #monotonic = 0;
  #now = 0;

  constructor(clock: Clock, leaseMs: number) {
    this.#clock = clock;
    this.#leaseMs = leaseMs;
    this.restart();
  }

  get leaseMs(): number {
    return this.#leaseMs;
  }

  /** Before the lease is asked for anew. */
  restart(): void {
    this.#monotonic = this.#clock.monotonic();
    this.#now = this.#clock.now();
  }

  fits(ms: number): boolean {
    const elapsed = Math.max(this.#clock.monotonic() - this.#monotonic, this.#clock.now() - this.#now);
    return elapsed + ms <= this.#leaseMs;
  }
}
