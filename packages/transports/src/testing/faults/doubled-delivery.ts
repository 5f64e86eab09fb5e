import { type Clock, type Delivery, type Envelope, LeaseLostError } from '@holdfast/core';

type Settlement =
  | { readonly kind: 'ack' }
  | { readonly kind: 'retry'; readonly readyAt: number }
  | { readonly kind: 'dead-letter'; readonly reason: string };

/**
 * Two deliveries of one message, as if it had been published twice. The lease below is settled when both are: dead
 * letter before retry before ack. So a copy that nobody settles is delivered again, and nothing is lost.
 */
export function doubledDelivery(inner: Delivery, clock: Clock): readonly [Delivery, Delivery] {
  const lease = new SharedLease(inner, clock);
  return [new DoubledDelivery(inner, lease), new DoubledDelivery(inner, lease)];
}

class SharedLease {
  readonly #inner: Delivery;
  readonly #clock: Clock;
  readonly #settlements: Settlement[] = [];

  constructor(inner: Delivery, clock: Clock) {
    this.#inner = inner;
    this.#clock = clock;
  }

  readyAt(delayMs: number): number {
    return this.#clock.monotonic() + delayMs;
  }

  assertHeld(): void {
    if (this.#clock.monotonic() >= this.#inner.leaseEndsAt) throw new LeaseLostError(this.#inner.envelope.id);
  }

  async settle(settlement: Settlement): Promise<void> {
    this.assertHeld();
    this.#settlements.push(settlement);
    if (this.#settlements.length < 2) return;
    const dead = this.#settlements.find((one) => one.kind === 'dead-letter');
    if (dead !== undefined) return this.#inner.deadLetter(dead.reason);
    const readyAt = Math.max(...this.#settlements.map((one) => (one.kind === 'retry' ? one.readyAt : -Infinity)));
    if (readyAt === -Infinity) return this.#inner.ack();
    return this.#inner.retry(Math.max(0, readyAt - this.#clock.monotonic()));
  }
}

class DoubledDelivery implements Delivery {
  readonly envelope: Envelope;
  readonly deliveryCount: number;
  readonly #inner: Delivery;
  readonly #lease: SharedLease;
  #isSettled = false;

  constructor(inner: Delivery, lease: SharedLease) {
    this.envelope = inner.envelope;
    this.deliveryCount = inner.deliveryCount;
    this.#inner = inner;
    this.#lease = lease;
  }

  get leaseEndsAt(): number {
    return this.#inner.leaseEndsAt;
  }

  ack(): Promise<void> {
    return this.#settle({ kind: 'ack' });
  }

  retry(delayMs: number): Promise<void> {
    return this.#settle({ kind: 'retry', readyAt: this.#lease.readyAt(delayMs) });
  }

  deadLetter(reason: string): Promise<void> {
    return this.#settle({ kind: 'dead-letter', reason });
  }

  async extend(ms: number): Promise<void> {
    this.#assertOpen();
    this.#lease.assertHeld();
    await this.#inner.extend(ms);
  }

  async #settle(settlement: Settlement): Promise<void> {
    this.#assertOpen();
    this.#isSettled = true;
    await this.#lease.settle(settlement);
  }

  #assertOpen(): void {
    if (this.#isSettled) throw new LeaseLostError(this.envelope.id);
  }
}
