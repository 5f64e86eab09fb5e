import type { SqsDelivery } from './sqs-delivery.ts';

const FIRST_PRUNE = 1_024;

/** The deliveries of one reader that are not settled, so that closing can hand them back. */
export class HeldMessages {
  readonly #held = new Set<SqsDelivery>();
  #pruneAt = FIRST_PRUNE;

  add(delivery: SqsDelivery): void {
    this.#held.add(delivery);
    if (this.#held.size >= this.#pruneAt) this.#prune();
  }

  remove(delivery: SqsDelivery): void {
    this.#held.delete(delivery);
  }

  /** Takes out all whose lease has not ended. */
  takeAll(): readonly SqsDelivery[] {
    const held = [...this.#held].filter((delivery) => delivery.isHeld);
    this.#held.clear();
    return held;
  }

  /** What nobody settles would stay here for ever. */
  #prune(): void {
    for (const delivery of this.#held) {
      if (!delivery.isHeld) this.#held.delete(delivery);
    }
    this.#pruneAt = Math.max(FIRST_PRUNE, 2 * this.#held.size);
  }
}
