import type { Receipt } from '@holdfast/core';
import type { MessageSource } from './message-source.ts';

export interface PublishCallOptions {
  readonly source: MessageSource;
  /** The number of its first message. */
  readonly firstNumber: number;
  /** When the last of it must be on its way, on `Clock.monotonic()`. */
  readonly deadline: number;
  /** Called when the last receipt is there, right before they are given. */
  readonly onSettled: (call: PublishCall) => void;
}

/** The messages that were handed in together, and what became of them so far. */
export class PublishCall {
  readonly source: MessageSource;
  readonly firstNumber: number;
  readonly deadline: number;
  /** Keys of failed messages, once for each. */
  readonly failedKeys: string[] = [];
  readonly receipts: Promise<readonly Receipt[]>;
  /** The index of the first message that was not written. */
  next = 0;
  readonly #receipts: Receipt[];
  readonly #resolve: (receipts: readonly Receipt[]) => void;
  readonly #onSettled: (call: PublishCall) => void;
  #left: number;

  constructor({ source, firstNumber, deadline, onSettled }: PublishCallOptions) {
    const { promise, resolve } = Promise.withResolvers<readonly Receipt[]>();
    this.source = source;
    this.firstNumber = firstNumber;
    this.deadline = deadline;
    this.receipts = promise;
    this.#receipts = new Array(source.size);
    this.#resolve = resolve;
    this.#onSettled = onSettled;
    this.#left = source.size;
  }

  get isSettled(): boolean {
    return this.#left === 0;
  }

  has(index: number): boolean {
    return this.#receipts[index] !== undefined;
  }

  /** Once for each message. */
  settle(index: number, receipt: Receipt): void {
    this.#receipts[index] = receipt;
    this.#left -= 1;
    if (this.#left > 0) return;
    this.#onSettled(this);
    this.#resolve(this.#receipts);
  }
}
