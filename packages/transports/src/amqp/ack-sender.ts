import { AckWindow } from './ack-window.ts';
import type { AmqpChannel } from './amqp-client.ts';

export interface AckSenderOptions {
  readonly channel: Pick<AmqpChannel, 'ack' | 'nack'>;
  /** Whether an ack resolves when the broker has it, or at once. */
  readonly confirm: boolean;
  /** Asks the broker something that changes nothing. It answers after everything that was sent before. */
  readonly ask: () => Promise<unknown>;
  /** The error of an ack that the broker may not have. */
  readonly lost: () => Error;
  /** Lets a moment pass. */
  readonly pause: (ms: number) => Promise<void>;
  /** The channel does not answer. */
  readonly onSilent: () => void;
}

/** While acks are on their way, more are gathered, up to this part of what we may hold. */
const GATHERED_PART = 4;
/**
 * With 32 requests that a quorum queue has not written yet, a channel keeps the next ones back, answers all the same, and
 * forgets them when its connection is cut. So after many the question waits until the queue has written: for two or three
 * writes of a disk that is not slow.
 */
const MANY = 16;
const WRITTEN_MS = 30;
const DONE: Promise<void> = Promise.resolve();

/**
 * Sends acks in as few frames as it can: to a quorum queue one ack for many costs as much as one ack, so acks of one turn of
 * the event loop travel together. The broker does not answer them, but it answers what is asked after them.
 */
export class AckSender {
  readonly #options: AckSenderOptions;
  readonly #window = new AckWindow();
  readonly #sent: PromiseWithResolvers<void>[] = [];
  #batch: PromiseWithResolvers<void> | null = null;
  #consumption = 0;
  #prefetch = 0;
  #received = 0;
  #givenBack = 0;
  #unsent = 0;
  #unasked = 0;
  #isHeld = false;
  #isFlushing = false;
  #isConfirming = false;
  #isEnded = false;

  constructor(options: AckSenderOptions) {
    this.#options = options;
  }

  /** The current consumption. */
  get consumption(): number {
    return this.#consumption;
  }

  get prefetch(): number {
    return this.#prefetch;
  }

  /** How many more messages the broker may send, when it has all acks. */
  get credit(): number {
    return this.#prefetch - (this.#received - this.#givenBack - this.#unsent);
  }

  /** Whether the broker has sent all that it may, as far as it knows. */
  get isFull(): boolean {
    return this.#received - this.#givenBack >= this.#prefetch;
  }

  /** A consumption begins, or with 0 it ended. */
  begin(prefetch: number): void {
    this.#consumption += 1;
    this.#prefetch = prefetch;
    this.#received = 0;
    this.#givenBack = 0;
    this.#unsent = 0;
  }

  /** A message came with the current consumption. */
  received(): void {
    this.#received += 1;
  }

  /** Resolves when the broker has it. */
  ack(tag: number, consumption: number): Promise<void> {
    if (this.#isEnded) return Promise.reject(this.#options.lost());
    this.#batch ??= Promise.withResolvers();
    if (consumption === this.#consumption) this.#unsent += 1;
    this.#window.ack(tag);
    this.#flushSoon();
    return this.#options.confirm ? this.#batch.promise : DONE;
  }

  /** Gives it back to the queue. */
  giveBack(tag: number, consumption: number): void {
    if (this.#isEnded) return;
    if (consumption === this.#consumption) this.#givenBack += 1;
    try {
      this.#options.channel.nack(tagged(tag), false, true);
    } catch {
      // The channel is closed: the broker has taken everything back.
    }
    this.#window.giveBack(tag);
  }

  /** Acks wait until {@link release}. */
  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
    this.flush();
  }

  /** Sends all acks now. */
  flush(): void {
    this.#isFlushing = false;
    const batch = this.#batch;
    if (batch === null || this.#isHeld || this.#isEnded) return;
    this.#batch = null;
    this.#givenBack += this.#unsent;
    this.#unsent = 0;
    this.#sent.push(batch);
    const { upTo, single } = this.#window.take();
    this.#unasked += single.length + 1;
    try {
      if (upTo !== null) this.#options.channel.ack(tagged(upTo), true);
      for (const tag of single) this.#options.channel.ack(tagged(tag), false);
    } catch {
      // The channel was closed since: the broker delivers these again.
      this.end();
      return;
    }
    if (!this.#options.confirm) this.confirmAll();
    else if (!this.#isConfirming) void this.#confirm();
  }

  /** Everything that was sent has arrived. */
  confirmAll(): void {
    for (const batch of this.#sent.splice(0)) batch.resolve();
  }

  /** The channel is gone: what is not confirmed may not have arrived. */
  end(): void {
    this.#isEnded = true;
    const batches = this.#sent.splice(0);
    if (this.#batch !== null) batches.push(this.#batch);
    this.#batch = null;
    for (const batch of batches) batch.reject(this.#options.lost());
  }

  #flushSoon(): void {
    if (this.#isFlushing || this.#isHeld) return;
    if (this.#isConfirming && this.#window.pending * GATHERED_PART < this.#prefetch) return;
    this.#isFlushing = true;
    setImmediate(() => this.flush());
  }

  /** One question is on its way at a time, for all acks since the last one. */
  async #confirm(): Promise<void> {
    this.#isConfirming = true;
    try {
      while (this.#sent.length > 0 && !this.#isEnded) {
        if (this.#unasked > MANY) await this.#options.pause(WRITTEN_MS);
        const count = this.#sent.length;
        this.#unasked = 0;
        await this.#options.ask();
        for (const batch of this.#sent.splice(0, count)) batch.resolve();
        this.flush();
      }
    } catch {
      this.#options.onSilent();
    }
    this.#isConfirming = false;
    this.#flushSoon();
  }
}

function tagged(deliveryTag: number): { readonly fields: { readonly deliveryTag: number } } {
  return { fields: { deliveryTag } };
}
