import type { Envelope, Publisher, PublishOptions, Receipt } from '@holdfast/core';

export const REASON = 'Nobody takes it.';
const REFUSED: Receipt = { outcome: 'rejected', reason: REASON };

/** A broker that refuses messages of one type until it is mended. */
export class RefusingPublisher implements Publisher {
  readonly #inner: Publisher;
  readonly #refuses: (envelope: Envelope) => boolean;

  constructor(inner: Publisher, refuses: (envelope: Envelope) => boolean) {
    this.#inner = inner;
    this.#refuses = refuses;
  }

  async publish(batch: readonly Envelope[], options?: PublishOptions): Promise<readonly Receipt[]> {
    const others = batch.filter((envelope) => !this.#refuses(envelope));
    const receipts = others.length === 0 ? [] : [...(await this.#inner.publish(others, options))];
    return batch.map((envelope) => (others.includes(envelope) ? (receipts.shift() ?? REFUSED) : REFUSED));
  }
}
