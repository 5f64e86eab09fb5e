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

/**
 * Pulls, handles and acks this many messages with all these readers together. A reader's next pull does not wait for the acks
 * of the one before, as a consumer with room for two batches does it. Returns the bytes of the bodies.
 */
export async function readQueues(
  readers: readonly QueueReader[],
  { count, batchSize }: ReadQueueOptions,
): Promise<number> {
  const done = new AbortController();
  let taken = 0;
  let bytes = 0;
  await Promise.all(
    readers.map(async (reader) => {
      let acks: Promise<unknown> = Promise.resolve();
      while (taken < count) {
        const deliveries = await reader.pull(batchSize, { waitMs: 5_000, signal: done.signal });
        if (deliveries.length === 0 && taken < count) throw new Error(`Only ${taken} of ${count} messages came.`);
        for (const { envelope } of deliveries) bytes += envelope.body.byteLength;
        taken += deliveries.length;
        if (taken >= count) done.abort();
        await acks;
        acks = ackAll(deliveries);
      }
      await acks;
    }),
  );
  return bytes;
}

function ackAll(deliveries: readonly Delivery[]): Promise<unknown> {
  return Promise.all(deliveries.map((delivery) => delivery.ack()));
}
