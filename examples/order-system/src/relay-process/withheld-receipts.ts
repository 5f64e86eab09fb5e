import type { Envelope, Publisher, PublishOptions, Receipt } from '@holdfast/core';

/** A publisher whose answers can be held up on their way back: the broker has the messages, and the relay does not know. */
export class WithheldReceipts implements Publisher {
  readonly #publisher: Publisher;
  #release: PromiseWithResolvers<void> | null = null;
  #onWithheld: () => void = () => {};

  constructor(publisher: Publisher) {
    this.#publisher = publisher;
  }

  /** @param onWithheld Told each time that accepted messages get no receipt. */
  withhold(onWithheld: () => void): void {
    this.#release ??= Promise.withResolvers();
    this.#onWithheld = onWithheld;
  }

  release(): void {
    this.#release?.resolve();
    this.#release = null;
  }

  async publish(batch: readonly Envelope[], options?: PublishOptions): Promise<readonly Receipt[]> {
    const receipts = await this.#publisher.publish(batch, options);
    if (this.#release === null) return receipts;
    if (receipts.some(({ outcome }) => outcome === 'accepted')) this.#onWithheld();
    await this.#release.promise;
    return receipts;
  }
}
