import type { Envelope } from '@holdfast/core';
import type { AmqpChannel, AmqpPublishOptions } from './amqp-client.ts';
import { encodeMessage, ownHeaders } from './message-codec.ts';
import { routingKeyOf } from './routing-key.ts';

/** What is published: messages by index, written one after the other. */
export interface MessageSource {
  readonly size: number;
  keyOf(index: number): string | null;
  bytesOf(index: number): number;
  /** Where it goes, for the reason when nobody takes it. */
  describe(index: number): string;
  /**
   * Writes one message under a number of its channel. Returns false when the channel's buffer is full.
   * @throws MalformedMessageError when it cannot be written
   */
  write(channel: AmqpChannel, index: number, tag: number): boolean;
}

/** Events, on their way to every queue that binds their types. */
export class EnvelopeSource implements MessageSource {
  readonly #batch: readonly Envelope[];
  readonly #exchange: string;

  constructor(batch: readonly Envelope[], exchange: string) {
    this.#batch = batch;
    this.#exchange = exchange;
  }

  get size(): number {
    return this.#batch.length;
  }

  keyOf(index: number): string | null {
    return this.#batch[index]?.key ?? null;
  }

  bytesOf(index: number): number {
    return this.#batch[index]?.body.length ?? 0;
  }

  describe(index: number): string {
    return this.#batch[index]?.type ?? '';
  }

  write(channel: AmqpChannel, index: number, tag: number): boolean {
    const envelope = this.#at(index);
    const { buffer, byteOffset, length } = envelope.body;
    const content = Buffer.from(buffer, byteOffset, length);
    return channel.publish(this.#exchange, routingKeyOf(envelope.type), content, encodeMessage(envelope, tag));
  }

  #at(index: number): Envelope {
    const envelope = this.#batch[index];
    if (envelope === undefined) throw new RangeError(`There is no message ${index}.`);
    return envelope;
  }
}

export interface Copy {
  readonly exchange: string;
  readonly routingKey: string;
  readonly content: Buffer;
  readonly options: AmqpPublishOptions;
}

/** A message that moves from one queue to another. */
export class CopySource implements MessageSource {
  readonly size = 1;
  readonly #copy: Copy;

  constructor(copy: Copy) {
    this.#copy = copy;
  }

  keyOf(): null {
    return null;
  }

  bytesOf(): number {
    return this.#copy.content.length;
  }

  describe(): string {
    return this.#copy.routingKey;
  }

  write(channel: AmqpChannel, _index: number, tag: number): boolean {
    const { exchange, routingKey, content, options } = this.#copy;
    const headers = { ...options.headers, [ownHeaders.tag]: tag };
    return channel.publish(exchange, routingKey, content, { ...options, headers });
  }
}
