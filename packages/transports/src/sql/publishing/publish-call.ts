import type { Envelope, Receipt } from '@holdfast/core';

/** One call of publish, and what is known of its messages. */
export class PublishCall {
  readonly receipts: Promise<readonly Receipt[]>;
  /** Of messages that are not taken; to be freed when the receipts are given. */
  readonly failedKeys: string[] = [];
  readonly #known: Receipt[];
  readonly #give: (receipts: readonly Receipt[]) => void;
  readonly #signal: AbortSignal | undefined;
  #left: number;
  #listener: (() => void) | null = null;

  constructor(size: number, signal: AbortSignal | undefined) {
    const { promise, resolve } = Promise.withResolvers<readonly Receipt[]>();
    this.receipts = promise;
    this.#give = resolve;
    this.#known = new Array<Receipt>(size);
    this.#left = size;
    this.#signal = signal;
  }

  get isComplete(): boolean {
    return this.#left === 0;
  }

  /** Calls the listener when the call is aborted before its receipts are given. */
  onAbort(listener: () => void): void {
    this.#listener = listener;
    this.#signal?.addEventListener('abort', listener);
  }

  has(index: number): boolean {
    return this.#known[index] !== undefined;
  }

  /** Keeps a message's first receipt. */
  set(index: number, receipt: Receipt): void {
    this.#known[index] = receipt;
    this.#left -= 1;
  }

  give(): void {
    if (this.#listener !== null) this.#signal?.removeEventListener('abort', this.#listener);
    this.#give(this.#known);
  }
}

/** One message of a call. */
export interface PublishEntry {
  readonly call: PublishCall;
  readonly index: number;
  readonly envelope: Envelope;
}
