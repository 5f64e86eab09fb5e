import { LeaseLostError } from '@holdfast/core';
import { AckSender } from './ack-sender.ts';
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

/** How long acks wait for a moment to grow, in milliseconds. */
const GROW_MS = 20;
/** What {@link ConsumerSession.takeFirst} brings belongs to no consumption. */
const NO_CONSUMPTION = 0;

/** One channel that reads one queue: begins and ends consumption, one thing after the other, and settles messages. */
export class ConsumerSession {
  readonly terms: QueueTerms;
  readonly #options: ConsumerSessionOptions;
  readonly #acks: AckSender;
  #isAlive = true;
  #consumerTag: string | null = null;
  #consumingSince = Infinity;
  #wasLimiting = false;
  #growTo = 0;
  #isGrowing = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: ConsumerSessionOptions) {
    const { channel, queue, settings } = options;
    this.#options = options;
    this.terms = options.terms;
    this.#acks = new AckSender({
      channel,
      confirm: settings.confirmAcks,
      ask: () => this.#answer(channel.prefetch(this.#acks.prefetch), 'ack messages of'),
      pause: (ms) => settings.clock.sleep(ms),
      lost: () => new LeaseLostError(`messages of ${queue}`),
      onSilent: () => this.#giveUp(),
    });
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
    return this.#acks.prefetch;
  }

  /** How many more messages the broker may send before one is settled. */
  get credit(): number {
    return this.isConsuming ? this.#acks.credit : 0;
  }

  /** Whether the broker had to wait for us since this was asked last. */
  wasLimiting(): boolean {
    const was = this.#wasLimiting;
    this.#wasLimiting = false;
    return was;
  }

  /**
   * Consumes with more room as soon as that keeps the order: while the broker may not send anything, because a quorum queue
   * puts back what is on its way to a consumer that ends, behind what comes later. Acks wait for that, for a moment.
   */
  grow(prefetch: number): void {
    if (this.#growTo > 0 || !this.isConsuming) return;
    this.#growTo = prefetch;
    this.#acks.hold();
    if (this.#acks.isFull) void this.#growNow();
    else void this.#options.settings.clock.sleep(GROW_MS).then(() => this.#giveUpGrowing());
  }

  /**
   * Asks the broker to send messages, at most so many that are not settled. What is held already does not count. Does nothing
   * when more may come by now: ended then, the consumption would put back what is on its way.
   */
  consume(prefetch: number): Promise<void> {
    return this.#inTurn(async () => {
      if (this.credit <= 0) await this.#consumeNow(prefetch);
    });
  }

  /** Ends the consumption. What came before is held and can be settled. */
  cancel(): Promise<void> {
    return this.#inTurn(() => this.#cancelNow());
  }

  /** How many messages are in the queue that nobody holds, as far as it knows now. */
  countReady(): Promise<number> {
    return this.#inTurn(async () => {
      const { channel, queue } = this.#options;
      return (await this.#answer(channel.checkQueue(queue), 'look at')).messageCount;
    });
  }

  /** Resolves when everything is here that the queue had sent us: it answers after that, and its channel after both. */
  async catchUp(): Promise<void> {
    await this.countReady();
    await this.#inTurn(() => this.#answer(this.#options.channel.prefetch(this.#acks.prefetch), 'limit'));
  }

  /** The first message of the queue. Not while consuming: the answer overtakes what is on its way to the consumer. */
  takeFirst(): Promise<HeldMessage | null> {
    return this.#inTurn(async () => {
      const { channel, queue, settings } = this.#options;
      const message = await this.#answer(channel.get(queue), 'get');
      if (message === false) return null;
      const arrivedAt = settings.clock.monotonic();
      return { message, tag: message.fields.deliveryTag, consumption: NO_CONSUMPTION, arrivedAt };
    });
  }

  /** Resolves when the broker has it. @throws LeaseLostError when the channel is lost before: it may have taken effect */
  ack({ tag, consumption }: HeldMessage): Promise<void> {
    return this.#acks.ack(tag, consumption);
  }

  /** Gives it back to the queue, for whoever wants it. */
  giveBack({ tag, consumption }: HeldMessage): void {
    this.#acks.giveBack(tag, consumption);
  }

  /** Sends what is to be acked, and gives everything else back. */
  async close(): Promise<void> {
    if (!this.#isAlive) return;
    this.#isAlive = false;
    this.#acks.release();
    try {
      await this.#answer(this.#options.channel.close(), 'close the channel of');
      // The answer comes after everything that was sent before.
      this.#acks.confirmAll();
    } catch {
      // It is closed, or the connection is silent and about to be given up.
    }
    this.#acks.end();
  }

  #receive(message: AmqpMessage | null, consumption: number): void {
    const { onMessage, onCancelled, settings } = this.#options;
    const isCurrent = this.#acks.consumption === consumption;
    if (message === null) {
      if (!isCurrent) return;
      this.#stopped();
      onCancelled();
      return;
    }
    if (isCurrent) {
      this.#acks.received();
      if (this.#acks.isFull) this.#wasLimiting = true;
    }
    const arrivedAt = settings.clock.monotonic();
    onMessage({ message, tag: message.fields.deliveryTag, consumption, arrivedAt });
    if (this.#growTo > 0 && this.#acks.isFull) void this.#growNow();
  }

  async #growNow(): Promise<void> {
    if (this.#isGrowing) return;
    this.#isGrowing = true;
    try {
      await this.#inTurn(async () => {
        if (this.#acks.isFull) await this.#consumeNow(this.#growTo);
      });
    } catch {
      this.#giveUp();
    }
    this.#isGrowing = false;
    this.#growTo = 0;
    this.#acks.release();
  }

  /** There are not so many messages that the broker had to stop. */
  #giveUpGrowing(): void {
    if (this.#growTo === 0 || this.#isGrowing) return;
    this.#growTo = 0;
    this.#acks.release();
  }

  async #consumeNow(prefetch: number): Promise<void> {
    await this.#cancelNow();
    const { channel, queue, settings } = this.#options;
    this.#acks.begin(prefetch);
    this.#wasLimiting = false;
    const { consumption } = this.#acks;
    await this.#answer(channel.prefetch(prefetch), 'limit');
    const consuming = channel.consume(queue, (message) => this.#receive(message, consumption));
    const { consumerTag } = await this.#answer(consuming, 'consume');
    // It may be cancelled already.
    if (this.#acks.consumption !== consumption) return;
    this.#consumerTag = consumerTag;
    this.#consumingSince = settings.clock.monotonic();
  }

  /** Acks wait: until the broker has the request, they would let it send more. */
  async #cancelNow(): Promise<void> {
    const tag = this.#consumerTag;
    if (tag === null) return;
    this.#consumerTag = null;
    this.#consumingSince = Infinity;
    this.#acks.hold();
    await this.#answer(this.#options.channel.cancel(tag), 'cancel');
    if (this.#growTo === 0) this.#acks.release();
  }

  #stopped(): void {
    this.#consumerTag = null;
    this.#consumingSince = Infinity;
    this.#acks.begin(0);
  }

  /** The channel does not answer. Closed, it holds nothing that others could work on. */
  #giveUp(): void {
    this.#lose();
    // It is closed already, or its connection is about to be given up.
    this.#options.channel.close().catch(() => {});
  }

  #lose(): void {
    this.#acks.end();
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
