import { LeaseLostError } from '@holdfast/core';
import { AckWindow } from './ack-window.ts';
import type { AmqpChannel, AmqpMessage } from './amqp-client.ts';
import type { AmqpSettings } from './amqp-settings.ts';
import type { QueueTerms } from './amqp-topology.ts';
import { answerInTime } from './answer-deadline.ts';

export interface ConsumerSessionOptions {
  readonly channel: AmqpChannel;
  readonly queue: string;
  readonly terms: QueueTerms;
  readonly settings: AmqpSettings;
  readonly onMessage: (message: HeldMessage) => void;
  /** The broker ended the consumption. */
  readonly onCancelled: () => void;
  /** The channel is gone, and with it every lease. */
  readonly onLost: () => void;
}

/** A message that the broker has given to us and waits for. */
export interface HeldMessage {
  readonly message: AmqpMessage;
  readonly tag: number;
  /** Which consumption it came with: settled, it makes room for another one there. */
  readonly consumption: number;
  /** On `Clock.monotonic()`. */
  readonly arrivedAt: number;
}

/**
 * One channel that reads one queue: begins and ends consumption, counts what it holds, and gathers the acks of one turn of
 * the event loop into as few frames as possible.
 */
export class ConsumerSession {
  readonly terms: QueueTerms;
  readonly #options: ConsumerSessionOptions;
  readonly #acks = new AckWindow();
  #isAlive = true;
  #consumerTag: string | null = null;
  #consumption = 0;
  #prefetch = 0;
  #unsettled = 0;
  #consumingSince = Infinity;
  /** Acks of this turn. */
  #batch: PromiseWithResolvers<void> | null = null;
  /** Acks that were sent. */
  readonly #unconfirmed: PromiseWithResolvers<void>[] = [];
  #isConfirming = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: ConsumerSessionOptions) {
    this.#options = options;
    this.terms = options.terms;
    const { channel } = options;
    // The close that follows an error says what is to be done; without a listener the error would end the process.
    channel.on('error', () => {});
    channel.on('close', () => this.#lose());
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  get isConsuming(): boolean {
    return this.#consumerTag !== null;
  }

  /** Since when the broker sends messages by itself, on `Clock.monotonic()`. */
  get consumingSince(): number {
    return this.#consumingSince;
  }

  get prefetch(): number {
    return this.#prefetch;
  }

  /** How many more messages the broker may send before one is settled. */
  get credit(): number {
    return this.isConsuming ? this.#prefetch - this.#unsettled : 0;
  }

  /** Asks the broker to send messages, at most so many that are not settled. What is held already does not count. */
  consume(prefetch: number): Promise<void> {
    return this.#inTurn(async () => {
      await this.#cancelNow();
      const { channel, queue, settings } = this.#options;
      this.#consumption += 1;
      this.#unsettled = 0;
      this.#prefetch = prefetch;
      const consumption = this.#consumption;
      await this.#answer(channel.prefetch(prefetch), 'limit');
      const consuming = channel.consume(queue, (message) => this.#receive(message, consumption));
      const { consumerTag } = await this.#answer(consuming, 'consume');
      // It may be cancelled already.
      if (this.#consumption !== consumption) return;
      this.#consumerTag = consumerTag;
      this.#consumingSince = settings.clock.monotonic();
    });
  }

  /** Ends the consumption. What came before is held and can be settled. */
  cancel(): Promise<void> {
    return this.#inTurn(() => this.#cancelNow());
  }

  /**
   * Asks the queue itself for one message. The queue answers after everything that it has sent us: when there is none, then
   * what is here is all that there was.
   */
  look(): Promise<HeldMessage | null> {
    return this.#inTurn(async () => {
      const { channel, queue, settings } = this.#options;
      const message = await this.#answer(channel.get(queue), 'get');
      if (message === false) return null;
      return { message, tag: message.fields.deliveryTag, consumption: 0, arrivedAt: settings.clock.monotonic() };
    });
  }

  /** Resolves when the broker has it. @throws LeaseLostError when the channel is lost before: it may have taken effect */
  ack({ tag, consumption }: HeldMessage): Promise<void> {
    if (consumption === this.#consumption) this.#unsettled -= 1;
    this.#acks.ack(tag);
    if (this.#batch === null) {
      this.#batch = Promise.withResolvers();
      if (this.#isAlive) setImmediate(() => this.#flush());
      else this.#rejectAcks();
    }
    return this.#batch?.promise ?? Promise.reject(this.#lostLease());
  }

  /** Gives it back to the queue, for whoever wants it. */
  giveBack({ tag, consumption }: HeldMessage): void {
    if (!this.#isAlive) return;
    if (consumption === this.#consumption) this.#unsettled -= 1;
    try {
      this.#options.channel.nack(tagged(tag), false, true);
    } catch {
      // The channel is closed: the broker has taken everything back.
    }
    this.#acks.giveBack(tag);
  }

  /** Sends what is to be acked, and gives everything else back. */
  async close(): Promise<void> {
    if (!this.#isAlive) return;
    this.#flush();
    this.#isAlive = false;
    try {
      await this.#answer(this.#options.channel.close(), 'close the channel of');
      // The answer comes after everything that was sent before.
      for (const batch of this.#unconfirmed.splice(0)) batch.resolve();
    } catch {
      // It is closed, or the connection is silent and about to be given up.
    }
    this.#rejectAcks();
  }

  #receive(message: AmqpMessage | null, consumption: number): void {
    const { onMessage, onCancelled, settings } = this.#options;
    if (message === null) {
      if (this.#consumption !== consumption) return;
      this.#stopped();
      onCancelled();
      return;
    }
    if (consumption === this.#consumption) this.#unsettled += 1;
    const arrivedAt = settings.clock.monotonic();
    onMessage({ message, tag: message.fields.deliveryTag, consumption, arrivedAt });
  }

  async #cancelNow(): Promise<void> {
    const tag = this.#consumerTag;
    if (tag === null) return;
    this.#consumerTag = null;
    this.#consumingSince = Infinity;
    await this.#answer(this.#options.channel.cancel(tag), 'cancel');
  }

  #stopped(): void {
    this.#consumerTag = null;
    this.#consumingSince = Infinity;
    this.#consumption += 1;
  }

  #flush(): void {
    const batch = this.#batch;
    if (!this.#isAlive || batch === null) return;
    const { channel } = this.#options;
    this.#batch = null;
    this.#unconfirmed.push(batch);
    const { upTo, single } = this.#acks.take();
    try {
      if (upTo !== null) channel.ack(tagged(upTo), true);
      for (const tag of single) channel.ack(tagged(tag), false);
      if (!this.#isConfirming) void this.#confirm();
    } catch {
      // The channel was closed since: the broker delivers these again.
      this.#rejectAcks();
    }
  }

  /**
   * The broker does not answer an ack. It does answer a request that changes nothing, after all that was sent before it; one
   * is on its way at a time, for all acks since the last one.
   */
  async #confirm(): Promise<void> {
    this.#isConfirming = true;
    try {
      while (this.#unconfirmed.length > 0 && this.#isAlive) {
        const sent = this.#unconfirmed.length;
        await this.#answer(this.#options.channel.prefetch(this.#prefetch), 'ack messages of');
        for (const batch of this.#unconfirmed.splice(0, sent)) batch.resolve();
      }
    } catch {
      // The channel is gone, or as good as that.
      this.#lose();
    }
    this.#isConfirming = false;
  }

  #rejectAcks(): void {
    const batches = this.#unconfirmed.splice(0);
    if (this.#batch !== null) batches.push(this.#batch);
    this.#batch = null;
    for (const batch of batches) batch.reject(this.#lostLease());
  }

  #lostLease(): LeaseLostError {
    return new LeaseLostError(`messages of ${this.#options.queue}`);
  }

  #lose(): void {
    this.#rejectAcks();
    if (!this.#isAlive) return;
    this.#isAlive = false;
    this.#stopped();
    this.#options.onLost();
  }

  /** One request after the other, so that what is remembered of the consumption is what the broker has. */
  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const run = this.#last.then(act);
    this.#last = run.catch(() => {});
    return run;
  }

  #answer<T>(answer: Promise<T>, activity: string): Promise<T> {
    const { queue, settings } = this.#options;
    const { clock, answerTimeoutMs: ms } = settings;
    return answerInTime(answer, { clock, ms, activity: `${activity} "${queue}"` });
  }
}

function tagged(deliveryTag: number): { readonly fields: { readonly deliveryTag: number } } {
  return { fields: { deliveryTag } };
}
