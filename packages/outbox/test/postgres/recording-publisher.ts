import type { Envelope, Publisher, Receipt } from '@holdfast/core';

/** Takes everything and remembers the order. Tests wait for arrivals, not for time. */
export class RecordingPublisher implements Publisher {
  readonly arrivals: Envelope[] = [];
  /** Refused, for the tests of parking. */
  readonly poison = new Set<string>();
  /** Called before a batch is taken; what it resolves after is when the receipts are given. */
  beforeReceipts: () => Promise<void> = () => Promise.resolve();
  readonly #waiting = new Set<() => void>();

  get ids(): readonly string[] {
    return this.arrivals.map((one) => one.id);
  }

  /** In the order in which each arrived for the first time. */
  get firstIds(): readonly string[] {
    return [...new Set(this.ids)];
  }

  async publish(batch: readonly Envelope[]): Promise<readonly Receipt[]> {
    const receipts = batch.map((envelope): Receipt => {
      if (this.poison.has(envelope.id)) return { outcome: 'rejected', reason: 'unroutable' };
      this.arrivals.push(envelope);
      return { outcome: 'accepted' };
    });
    for (const look of this.#waiting) look();
    await this.beforeReceipts();
    return receipts;
  }

  /** Resolves as soon as `condition` holds; it is asked after every batch. Rejects after `limitMs`. */
  async until(condition: () => boolean, limitMs = 15_000): Promise<void> {
    if (condition()) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = () => {
      if (condition()) resolve();
    };
    const timer = setTimeout(
      () => reject(new Error(`not within ${limitMs} ms, with ${this.arrivals.length} arrivals: ${condition}`)),
      limitMs,
    );
    this.#waiting.add(look);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(look);
    }
  }

  /** Resolves when each of these has arrived. */
  async untilArrived(ids: Iterable<string>, limitMs?: number): Promise<void> {
    const missing = new Set(ids);
    let seen = 0;
    await this.until(() => {
      for (; seen < this.arrivals.length; seen += 1) missing.delete(this.arrivals[seen]!.id);
      return missing.size === 0;
    }, limitMs);
  }
}
