import { integerOption } from '@holdfast/core';
import type { FanOut, FanOutOptions, FanOutTopic } from '../aws/fan-out.ts';
import { SnsApi, type SnsClient } from './sns-api.ts';
import { SnsTopic } from './sns-topic.ts';

export interface SnsFanOutOptions {
  /** Largest request in bytes, all its messages with their attributes: what SNS takes. @default 262_144 */
  readonly maxRequestBytes?: number;
}

/**
 * Fan-out by a topic of Amazon SNS, for `SqsTransport`: one publish for all queues, each with a filter on the event type.
 * The client is the caller's.
 */
export class SnsFanOut implements FanOut {
  readonly #client: SnsClient;
  readonly #maxRequestBytes: number;

  /** @throws InvalidOptionError */
  constructor(client: SnsClient, { maxRequestBytes }: SnsFanOutOptions = {}) {
    this.#client = client;
    this.#maxRequestBytes = integerOption('maxRequestBytes', maxRequestBytes, { min: 1_024, default: 262_144 });
  }

  async open({ name, fifo, requests }: FanOutOptions): Promise<FanOutTopic> {
    const api = new SnsApi(this.#client, requests);
    const arn = fifo
      ? await api.createTopic(`${name}.fifo`, {
          FifoTopic: 'true',
          ContentBasedDeduplication: 'false',
          FifoThroughputScope: 'MessageGroup',
        })
      : await api.createTopic(name, {});
    return new SnsTopic({ arn, api, maxRequestBytes: this.#maxRequestBytes });
  }
}
