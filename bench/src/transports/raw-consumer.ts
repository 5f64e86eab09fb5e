import type { Channel, ChannelModel } from 'amqplib';

export interface RawConsumerOptions {
  readonly queue: string;
  readonly prefetch: number;
  /** An ack covers this many messages (`multiple`). */
  readonly ackEvery: number;
}

/** The hand-written consumer: a callback for each message, which is told the bytes of the body. */
export class RawConsumer {
  readonly #channel: Channel;
  readonly #options: RawConsumerOptions;

  private constructor(channel: Channel, options: RawConsumerOptions) {
    this.#channel = channel;
    this.#options = options;
  }

  static async open(connection: ChannelModel, options: RawConsumerOptions): Promise<RawConsumer> {
    const channel = await connection.createChannel();
    await channel.prefetch(options.prefetch);
    return new RawConsumer(channel, options);
  }

  /** Resolves when this many messages were handled and acked. */
  async consume(count: number, handle: (bytes: number) => void): Promise<void> {
    const { queue, ackEvery } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let handled = 0;
    await this.#channel.consume(queue, (message) => {
      if (message === null) {
        reject(new Error('The broker cancelled the consumer.'));
        return;
      }
      handle(message.content.byteLength);
      handled += 1;
      if (handled % ackEvery === 0 || handled === count) this.#channel.ack(message, ackEvery > 1);
      if (handled === count) resolve();
    });
    await promise;
  }

  close(): Promise<void> {
    return this.#channel.close();
  }
}
