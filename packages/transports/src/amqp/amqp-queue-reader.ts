import { type Delivery, integerOption, numberOption, type PullOptions, type QueueReader } from '@holdfast/core';
import type { QueueConsumer } from './queue-consumer.ts';

/** Reads one queue of RabbitMQ. Several readers of one queue compete for its messages. */
export class AmqpQueueReader implements QueueReader {
  readonly #consumer: QueueConsumer;

  constructor(consumer: QueueConsumer) {
    this.#consumer = consumer;
  }

  /** @throws TransportUnavailableError, UnknownQueueError, TransportClosedError */
  async pull(max: number, { waitMs, signal }: PullOptions): Promise<readonly Delivery[]> {
    integerOption('max', max, { min: 1 });
    numberOption('waitMs', waitMs, { min: 0, max: Number.MAX_SAFE_INTEGER });
    return this.#consumer.pull({ max, waitMs, signal });
  }
}
