import type { Envelope, Publisher, Receipt } from '@holdfast/core';

const ACCEPTED: Receipt = Object.freeze({ outcome: 'accepted' });

/** Accepts messages and calls back when certain numbers of them have come; after the last one it gives no receipts. */
export class CountingPublisher implements Publisher {
  readonly #limit: number;
  readonly #waiting = new Map<number, () => void>();
  #published = 0;

  /** @param limit how many are given receipts, so that a relay does not go on for ever */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get published(): number {
    return this.#published;
  }

  /** Resolves when `count` messages have come, in the turn in which they come. */
  reached(count: number): Promise<void> {
    if (this.#published >= count) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.set(count, resolve);
    return promise;
  }

  publish(batch: readonly Envelope[], { signal }: { readonly signal?: AbortSignal } = {}): Promise<readonly Receipt[]> {
    this.#published += batch.length;
    for (const [count, resolve] of this.#waiting) {
      if (this.#published < count) continue;
      this.#waiting.delete(count);
      resolve();
    }
    if (this.#published <= this.#limit) return Promise.resolve(batch.map(() => ACCEPTED));
    return new Promise((resolve) => {
      const unknown: Receipt = { outcome: 'unknown', reason: 'the benchmark has what it wanted' };
      signal?.addEventListener('abort', () => resolve(batch.map(() => unknown)), { once: true });
    });
  }
}
