import type { Delivery, QueueReader } from '@holdfast/core';

export interface ReadQueueOptions {
  readonly count: number;
  /** Most messages of one pull. */
  readonly batchSize: number;
}

/** Takes this many messages with one reader. Returns the bytes of the bodies. */
export function readQueue(reader: QueueReader, options: ReadQueueOptions): Promise<number> {
  return readQueues([reader], options);
}

/** Most messages of all readers that are handled and whose acks are not confirmed: more than a broker lets out. */
const UNCONFIRMED = 2_000;

/**
 * Pulls, handles and acks this many messages with all these readers together. A pull waits for acks only when very many have
 * no answer, as a raw consumer does not wait at all. Returns the bytes of the bodies.
 */
export async function readQueues(
  readers: readonly QueueReader[],
  { count, batchSize }: ReadQueueOptions,
): Promise<number> {
  const done = new AbortController();
  let taken = 0;
  let bytes = 0;
  const read = async (reader: QueueReader) => {
    const acks = new OpenAcks(UNCONFIRMED / readers.length);
    while (taken < count) {
      const deliveries = await reader.pull(batchSize, { waitMs: 5_000, signal: done.signal });
      if (deliveries.length === 0 && taken < count) throw new Error(`Only ${taken} of ${count} messages came.`);
      for (const { envelope } of deliveries) bytes += envelope.body.byteLength;
      taken += deliveries.length;
      if (taken >= count) done.abort();
      await acks.add(deliveries);
    }
    await acks.settled();
  };
  await Promise.all(readers.map(read));
  return bytes;
}

/** Acks that are on their way. */
class OpenAcks {
  readonly #limit: number;
  readonly #batches: { readonly count: number; readonly settled: Promise<unknown> }[] = [];
  #count = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Acks these, and waits for the oldest while too many are on their way. */
  async add(deliveries: readonly Delivery[]): Promise<void> {
    const settled = Promise.all(deliveries.map((delivery) => delivery.ack()));
    this.#batches.push({ count: deliveries.length, settled });
    this.#count += deliveries.length;
    while (this.#count > this.#limit) await this.#oldest();
  }

  async settled(): Promise<void> {
    while (this.#batches.length > 0) await this.#oldest();
  }

  async #oldest(): Promise<void> {
    const oldest = this.#batches.shift();
    await oldest?.settled;
    this.#count -= oldest?.count ?? 0;
  }
}
