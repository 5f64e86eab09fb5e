import { type Delivery, type Envelope, LeaseLostError } from '@holdfast/core';

/**
 * A delivery whose lease is lost when its holder wants to use it, as after a pause of the process: nothing takes effect, and
 * the message goes to the next pull.
 */
export class LostDelivery implements Delivery {
  readonly envelope: Envelope;
  readonly deliveryCount: number;
  readonly #inner: Delivery;
  #isHandedBack = false;

  constructor(inner: Delivery) {
    this.envelope = inner.envelope;
    this.deliveryCount = inner.deliveryCount;
    this.#inner = inner;
  }

  get leaseEndsAt(): number {
    return this.#inner.leaseEndsAt;
  }

  ack(): Promise<void> {
    return this.#lose();
  }

  retry(): Promise<void> {
    return this.#lose();
  }

  deadLetter(): Promise<void> {
    return this.#lose();
  }

  extend(): Promise<void> {
    return this.#lose();
  }

  async #lose(): Promise<void> {
    if (!this.#isHandedBack) {
      this.#isHandedBack = true;
      await this.#inner.retry(0);
    }
    throw new LeaseLostError(this.envelope.id);
  }
}
