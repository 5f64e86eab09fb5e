import type { Envelope } from '@holdfast/core';
import type { ChannelModel, ConfirmChannel } from 'amqplib';

export const EXCHANGE = 'holdfast';
/** Most messages without a confirm: what the relay has by default. */
const WINDOW = 1_000;

/** What a hand-written publisher tells about a message besides its body. */
export type RawContent = 'id and type' | 'CloudEvents';

/**
 * The hand-written confirm loop at its best: no promise and no closure per message, the window refilled when half of it is
 * confirmed, messages persistent and mandatory. What is returned or refused ends the benchmark.
 */
export class RawConfirmChannel {
  readonly #channel: ConfirmChannel;
  readonly #content: RawContent;
  readonly #onConfirm: (error: unknown) => void;
  #outstanding = 0;
  #problem: Error | null = null;
  #wake: (() => void) | null = null;
  #wakeAt = 0;

  private constructor(channel: ConfirmChannel, content: RawContent) {
    this.#channel = channel;
    this.#content = content;
    this.#onConfirm = (error) => this.#confirmed(error);
    channel.on('return', () => this.#fail(new Error('A message was returned.')));
    channel.on('error', (error) => this.#fail(error));
  }

  static async open(connection: ChannelModel, content: RawContent): Promise<RawConfirmChannel> {
    return new RawConfirmChannel(await connection.createConfirmChannel(), content);
  }

  /** Publishes all, and resolves when all are confirmed. */
  async publishAll(envelopes: readonly Envelope[]): Promise<void> {
    for (let sent = 0; sent < envelopes.length; ) {
      for (; sent < envelopes.length && this.#outstanding < WINDOW; sent += 1) {
        const envelope = envelopes[sent];
        if (envelope !== undefined) this.send(envelope);
      }
      await this.belowHalf();
    }
    await this.settled();
  }

  get isFull(): boolean {
    return this.#outstanding >= WINDOW;
  }

  /** What `send` takes, so that many messages share one function that is called at the confirm of each. */
  answering(onConfirm: () => void): (error: unknown) => void {
    return (error) => {
      onConfirm();
      this.#confirmed(error);
    };
  }

  send({ id, source, type, key, attributes, body }: Envelope, onAnswer = this.#onConfirm): void {
    this.#outstanding += 1;
    const content = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    const headers: Record<string, string> = {};
    if (this.#content === 'CloudEvents') {
      headers['cloudEvents_specversion'] = '1.0';
      headers['cloudEvents_id'] = id;
      headers['cloudEvents_source'] = source;
      headers['cloudEvents_type'] = type;
      if (key !== null) headers['cloudEvents_partitionkey'] = key;
      for (const name in attributes) {
        if (name !== 'datacontenttype') headers[`cloudEvents_${name}`] = attributes[name] ?? '';
      }
    }
    const options = {
      persistent: true,
      mandatory: true,
      messageId: id,
      type,
      contentType: 'application/json',
      headers,
    };
    this.#channel.publish(EXCHANGE, type, content, options, onAnswer);
  }

  /** For code that publishes message by message. Resolves when this one is confirmed. */
  publish(envelope: Envelope): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.send(envelope, this.answering(resolve));
    return promise;
  }

  /** Resolves when at most half of the window is without a confirm. */
  belowHalf(): Promise<void> {
    return this.#below(WINDOW / 2);
  }

  /** Resolves when everything is confirmed. */
  settled(): Promise<void> {
    return this.#below(0);
  }

  close(): Promise<void> {
    return this.#channel.close();
  }

  async #below(limit: number): Promise<void> {
    if (this.#outstanding > limit && this.#problem === null) {
      this.#wakeAt = limit;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#problem !== null) throw this.#problem;
  }

  #confirmed(error: unknown): void {
    this.#outstanding -= 1;
    if (error !== null && error !== undefined) this.#fail(new Error('A message was refused.', { cause: error }));
    if (this.#outstanding > this.#wakeAt) return;
    this.#wake?.();
    this.#wake = null;
  }

  #fail(problem: Error): void {
    this.#problem ??= problem;
    this.#wake?.();
    this.#wake = null;
  }
}
