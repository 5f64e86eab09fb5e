import type { Delivery, QueueReader } from '@holdfast/core';
import type { MessageSource, Taken } from './message-source.ts';

/** Most messages of one pull. */
const PULL = 100;

/** Our transport, whose pulls are shared by all that take. */
export class TransportSource implements MessageSource {
  readonly #reader: QueueReader;
  readonly #done = new AbortController();
  readonly #acks: Promise<void>[] = [];
  #arrived: Delivery[] = [];
  #pulling: Promise<void> | null = null;
  #left: number;

  constructor(reader: QueueReader, count: number) {
    this.#reader = reader;
    this.#left = count;
  }

  async take(most: number): Promise<Taken> {
    while (this.#arrived.length === 0 && this.#left > 0) {
      this.#pulling ??= this.#pull();
      await this.#pulling;
    }
    const deliveries = this.#arrived.splice(0, most);
    this.#left -= deliveries.length;
    if (this.#left === 0) this.#done.abort();
    return {
      envelopes: deliveries.map(({ envelope }) => envelope),
      ack: () => {
        for (const delivery of deliveries) this.#acks.push(delivery.ack());
      },
    };
  }

  /** Resolves when the broker has the acks. */
  async close(): Promise<void> {
    await Promise.all(this.#acks);
  }

  async #pull(): Promise<void> {
    const deliveries = await this.#reader.pull(PULL, { waitMs: 5_000, signal: this.#done.signal });
    this.#pulling = null;
    if (deliveries.length === 0 && this.#left > 0) throw new Error(`${this.#left} messages did not come.`);
    this.#arrived = [...deliveries];
  }
}
