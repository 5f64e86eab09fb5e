import type { Envelope, Publisher, Receipt } from '@holdfast/core';

const ACCEPTED: Receipt = Object.freeze({ outcome: 'accepted' });

/** Takes everything at once: what is left is the cost of getting it there. */
export class AcceptingPublisher implements Publisher {
  #published = 0;
  #bytes = 0;

  get published(): number {
    return this.#published;
  }

  get bytes(): number {
    return this.#bytes;
  }

  publish(batch: readonly Envelope[]): Promise<readonly Receipt[]> {
    this.#published += batch.length;
    for (const { body } of batch) this.#bytes += body.byteLength;
    return Promise.resolve(batch.map(() => ACCEPTED));
  }
}
