import type { Delivery, QueueReader } from '@holdfast/core';

export interface Arrival {
  readonly id: string;
  readonly key: string | null;
  /** How often the broker had given it to somebody, this time included. */
  readonly deliveryCount: number;
  /** `performance.now()` */
  readonly at: number;
}

/** Pulls all the time, acks everything, and remembers what came in which order. Failures to pull are tried again at once. */
export class CountingConsumer {
  readonly arrivals: Arrival[] = [];
  /** How often a pull was refused: the broker was away. */
  failedPulls = 0;
  readonly #ids = new Set<string>();
  readonly #stop = new AbortController();
  readonly #waiting = new Set<() => void>();
  readonly #running: Promise<void>;

  constructor(reader: QueueReader) {
    this.#running = this.#run(reader);
  }

  /** Ids of a key in the order of their first arrivals. */
  firstIds(key: string): readonly string[] {
    return [...new Set(this.arrivals.filter((one) => one.key === key).map((one) => one.id))];
  }

  /** The same, but for messages that the broker had given to somebody before they came here: they were on their way when it died. */
  firstIdsNotRedelivered(key: string): readonly string[] {
    const seen = new Set<string>();
    const ids: string[] = [];
    for (const one of this.arrivals) {
      if (one.key !== key || seen.has(one.id)) continue;
      seen.add(one.id);
      if (one.deliveryCount === 1) ids.push(one.id);
    }
    return ids;
  }

  /** How many different messages came. */
  get distinct(): number {
    return this.#ids.size;
  }

  /** Resolves as soon as `condition` holds; asked whenever something has come. Rejects after `limitMs`. */
  async until(condition: () => boolean, limitMs = 30_000): Promise<void> {
    if (condition()) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = () => {
      if (condition()) resolve();
    };
    const timer = setTimeout(
      () => reject(new Error(`not within ${limitMs} ms (${this.distinct} came): ${condition}`)),
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

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(reader: QueueReader): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        const deliveries = await reader.pull(100, { waitMs: 5_000, signal });
        await Promise.all(deliveries.map((delivery) => this.#take(delivery)));
      } catch {
        this.failedPulls += 1;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  async #take(delivery: Delivery): Promise<void> {
    const { id, key } = delivery.envelope;
    this.arrivals.push({ id, key, deliveryCount: delivery.deliveryCount, at: performance.now() });
    this.#ids.add(id);
    for (const look of this.#waiting) look();
    // What cannot be settled comes again, with the same id.
    await delivery.ack().catch(() => {});
  }
}
