import { type Delivery, integerOption, numberOption, type PullOptions, type QueueReader } from '@holdfast/core';
import type { Availability } from './availability.ts';
import type { QueueChannel } from './queue-channel.ts';

export interface MemoryQueueReaderOptions {
  readonly queue: string;
  readonly availability: Availability;
  /** @throws UnknownQueueError */
  readonly find: (queue: string) => QueueChannel;
}

/** Reads one queue of a {@link MemoryBroker}. Several readers of one queue compete for its messages. */
export class MemoryQueueReader implements QueueReader {
  readonly #queue: string;
  readonly #availability: Availability;
  readonly #find: (queue: string) => QueueChannel;

  constructor({ queue, availability, find }: MemoryQueueReaderOptions) {
    this.#queue = queue;
    this.#availability = availability;
    this.#find = find;
  }

  /** Also rejects with TransportUnavailableError when the broker goes down while this waits. */
  async pull(max: number, { waitMs, signal }: PullOptions): Promise<readonly Delivery[]> {
    integerOption('max', max, { min: 1 });
    numberOption('waitMs', waitMs, { min: 0, max: Number.MAX_SAFE_INTEGER });
    this.#availability.assertUp('pull from', this.#queue);
    return this.#find(this.#queue).pull({ max, waitMs, signal });
  }
}
