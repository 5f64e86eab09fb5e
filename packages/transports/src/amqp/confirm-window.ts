import type { AmqpConfirm } from './amqp-client.ts';
import type { PublishCall } from './publish-call.ts';

/** A message that was written and whose receipt is not decided. */
export interface WrittenMessage {
  readonly call: PublishCall;
  readonly index: number;
  readonly key: string | null;
  readonly bytes: number;
  /** On `Clock.monotonic()`. */
  readonly writtenAt: number;
  answer: 'none' | 'ack' | 'nack';
  isReturned: boolean;
}

export interface ConfirmWindowOptions {
  /** How many messages may be in it. */
  readonly size: number;
  readonly bytes: number;
  /**
   * Decides a message, once. Messages with a key are decided in the order in which they were written, so that what becomes
   * of one is known before any later one of its key.
   */
  readonly decide: (message: WrittenMessage) => void;
}

/**
 * The messages of one channel that have no confirm, by the numbers that the broker counts them with. Bounded by count and
 * by bytes; O(1) for each message, however the broker gathers its confirms.
 */
export class ConfirmWindow {
  readonly #options: ConfirmWindowOptions;
  readonly #ring: (WrittenMessage | undefined)[];
  readonly #mask: number;
  #first = 1;
  #next = 1;
  #bytes = 0;

  constructor(options: ConfirmWindowOptions) {
    this.#options = options;
    const capacity = 2 ** Math.ceil(Math.log2(options.size));
    this.#ring = new Array(capacity).fill(undefined);
    this.#mask = capacity - 1;
  }

  /** The number of the next message on the channel. */
  get nextTag(): number {
    return this.#next;
  }

  get isEmpty(): boolean {
    return this.#first === this.#next;
  }

  /** Whether a message of this size may be written. One always may. */
  hasRoomFor(bytes: number): boolean {
    if (this.isEmpty) return true;
    return this.#next - this.#first < this.#options.size && this.#bytes + bytes <= this.#options.bytes;
  }

  /** The message that waits longest. */
  oldest(): WrittenMessage | undefined {
    return this.#ring[this.#first & this.#mask];
  }

  add(message: WrittenMessage): void {
    this.#ring[this.#next & this.#mask] = message;
    this.#next += 1;
    this.#bytes += message.bytes;
  }

  /** The broker's word on one message, or on all up to it. */
  answer({ deliveryTag, multiple }: AmqpConfirm, answer: 'ack' | 'nack'): void {
    for (let tag = multiple ? this.#first : deliveryTag; tag <= deliveryTag; tag += 1) this.#answer(tag, answer);
    for (let message = this.oldest(); message !== undefined && message.answer !== 'none'; message = this.oldest()) {
      this.#shift(message);
      if (message.key !== null) this.#options.decide(message);
    }
  }

  /** No queue took the message; its confirm follows. */
  markReturned(tag: number): void {
    const message = this.#at(tag);
    if (message !== undefined) message.isReturned = true;
  }

  /** The channel is gone: decides every message, with the answers that came. */
  end(): void {
    for (let message = this.oldest(); message !== undefined; message = this.oldest()) {
      this.#shift(message);
      if (message.key !== null || message.answer === 'none') this.#options.decide(message);
    }
  }

  /** Every message without an answer, the oldest first. */
  *unanswered(): Generator<WrittenMessage> {
    for (let tag = this.#first; tag < this.#next; tag += 1) {
      const message = this.#at(tag);
      if (message?.answer === 'none') yield message;
    }
  }

  #answer(tag: number, answer: 'ack' | 'nack'): void {
    const message = this.#at(tag);
    if (message === undefined || message.answer !== 'none') return;
    message.answer = answer;
    if (message.key === null) this.#options.decide(message);
  }

  #at(tag: number): WrittenMessage | undefined {
    return tag >= this.#first && tag < this.#next ? this.#ring[tag & this.#mask] : undefined;
  }

  #shift(message: WrittenMessage): void {
    this.#ring[this.#first & this.#mask] = undefined;
    this.#first += 1;
    this.#bytes -= message.bytes;
  }
}
