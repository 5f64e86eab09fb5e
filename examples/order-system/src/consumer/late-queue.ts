import type { Delivery, Envelope, PullOptions, QueueReader } from '@holdfast/core';

export interface LateQueueOptions {
  readonly queue: QueueReader;
  /** Which messages come late. */
  readonly isLate: (envelope: Envelope) => boolean;
  /** How late. */
  readonly delayMs: number;
}

/** A queue of which some messages come late, for the demonstration: they are handed back at first. */
export class LateQueue implements QueueReader {
  readonly #options: LateQueueOptions;
  /** Messages that were handed back, and when they may come. */
  readonly #due = new Map<string, number>();
  #comingBack: readonly number[] = [];

  constructor(options: LateQueueOptions) {
    this.#options = options;
  }

  /** Messages that were handed back and are not due yet: some brokers do not count these. */
  get heldCount(): number {
    const now = performance.now();
    this.#comingBack = this.#comingBack.filter((at) => at > now);
    return this.#comingBack.length;
  }

  async pull(max: number, options: PullOptions): Promise<readonly Delivery[]> {
    const deliveries = await this.#options.queue.pull(max, options);
    const late = deliveries.filter((delivery) => this.#isEarly(delivery.envelope));
    if (late.length === 0) return deliveries;
    await Promise.all(late.map((delivery) => this.#handBack(delivery)));
    return deliveries.filter((delivery) => !late.includes(delivery));
  }

  #isEarly(envelope: Envelope): boolean {
    if (!this.#options.isLate(envelope)) return false;
    const now = performance.now();
    const due = this.#due.get(envelope.id) ?? now + this.#options.delayMs;
    this.#due.set(envelope.id, due);
    return due > now;
  }

  async #handBack(delivery: Delivery): Promise<void> {
    const due = this.#due.get(delivery.envelope.id) ?? 0;
    this.#comingBack = [...this.#comingBack, due];
    // When this fails, the broker delivers it again by itself.
    await delivery.retry(Math.max(1, Math.ceil(due - performance.now()))).catch(() => {});
  }
}
