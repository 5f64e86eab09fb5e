import type { Envelope } from '@holdfast/core';
import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import type { MessageSource, Taken } from './message-source.ts';

export interface RawSourceOptions {
  readonly queue: string;
  readonly prefetch: number;
  /** How many messages there are. */
  readonly count: number;
  /** Whether an ack covers all before it (`multiple`): when one after the other is handled. */
  readonly multiple: boolean;
}

/** The hand-written consumer: what the broker sends waits in memory until it is taken. */
export class RawSource implements MessageSource {
  readonly #channel: Channel;
  readonly #multiple: boolean;
  readonly #arrived: ConsumeMessage[] = [];
  readonly #waiting: (() => void)[] = [];
  #left: number;

  private constructor(channel: Channel, { count, multiple }: RawSourceOptions) {
    this.#channel = channel;
    this.#multiple = multiple;
    this.#left = count;
  }

  static async open(connection: ChannelModel, options: RawSourceOptions): Promise<RawSource> {
    const channel = await connection.createChannel();
    await channel.prefetch(options.prefetch);
    const source = new RawSource(channel, options);
    await channel.consume(options.queue, (message) => source.#arrive(message));
    return source;
  }

  async take(most: number): Promise<Taken> {
    while (this.#arrived.length === 0 && this.#left > 0) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    const messages = this.#arrived.splice(0, most);
    this.#left -= messages.length;
    if (this.#left === 0) for (const wake of this.#waiting.splice(0)) wake();
    return { envelopes: messages.map(envelopeOf), ack: () => this.#ack(messages) };
  }

  close(): Promise<void> {
    return this.#channel.close();
  }

  #arrive(message: ConsumeMessage | null): void {
    if (message === null) throw new Error('The broker cancelled the consumer.');
    this.#arrived.push(message);
    this.#waiting.shift()?.();
  }

  #ack(messages: readonly ConsumeMessage[]): void {
    const acked = this.#multiple ? messages.slice(-1) : messages;
    for (const message of acked) this.#channel.ack(message, this.#multiple);
  }
}

const noAttributes = Object.freeze({});

/** What hand-written code looks at. */
function envelopeOf({ properties, content }: ConsumeMessage): Envelope {
  const source = String(properties.headers?.['cloudEvents_source']);
  return {
    id: properties.messageId,
    source,
    type: properties.type,
    key: null,
    attributes: noAttributes,
    body: content,
  };
}
