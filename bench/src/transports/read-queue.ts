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

/** Most messages that are pulled and not settled: as many as the prefetch of a fast consumer. */
const HELD = 1_000;

/**
 * Pulls, handles and acks this many messages with all these readers together. A pull waits for acks only when a thousand
 * messages are not settled. Returns the bytes of the bodies.
 */
export async function readQueues(
  readers: readonly QueueReader[],
  { count, batchSize }: ReadQueueOptions,
): Promise<number> {
  const done = new AbortController();
  let taken = 0;
  let bytes = 0;
  const read = async (reader: QueueReader) => {
    const acks: Promise<unknown>[] = [];
    while (taken < count) {
      const deliveries = await reader.pull(batchSize, { waitMs: 5_000, signal: done.signal });
      if (deliveries.length === 0 && taken < count) throw new Error(`Only ${taken} of ${count} messages came.`);
      for (const { envelope } of deliveries) bytes += envelope.body.byteLength;
      taken += deliveries.length;
      if (taken >= count) done.abort();
      acks.push(ackAll(deliveries));
      if (acks.length * batchSize >= HELD / readers.length) await acks.shift();
    }
    await Promise.all(acks);
  };
  await Promise.all(readers.map(read));
  return bytes;
}

function ackAll(deliveries: readonly Delivery[]): Promise<unknown> {
  return Promise.all(deliveries.map((delivery) => delivery.ack()));
}
