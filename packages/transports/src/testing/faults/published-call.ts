import type { Envelope, PublishOptions, Receipt } from '@holdfast/core';
import type { WithheldKeys } from '../../publishing/withheld-keys.ts';

/** One message of a call, and what is to happen to it. */
export interface PublishedItem {
  readonly envelope: Envelope;
  readonly index: number;
  delayMs: number;
  asideMs: number;
  copies: number;
  /** `null` hands it over; a receipt answers without handing it over. */
  outcome: Receipt | 'lose-receipt' | null;
  /** Given to the inner publisher, or answered without it. */
  isSent: boolean;
  /** An earlier message of its key failed after this one was handed in. */
  isWithheld: boolean;
  /** How the whole call ends. */
  answer: 'receipts' | 'throw' | 'hang';
}

/** One call of `publish`: settles when each of its messages has a receipt. */
export class PublishedCall {
  readonly items: readonly PublishedItem[];
  readonly signal: AbortSignal | undefined;
  readonly receipts: Promise<readonly Receipt[]>;
  readonly #found: Receipt[] = [];
  readonly #failedKeys: string[] = [];
  readonly #settle: PromiseWithResolvers<readonly Receipt[]>;
  #missing: number;
  #detach: () => void = () => {};

  constructor(items: readonly PublishedItem[], { signal }: PublishOptions) {
    this.items = items;
    this.signal = signal;
    this.#missing = items.length;
    this.#settle = Promise.withResolvers();
    this.receipts = this.#settle.promise;
    if (items.length === 0) this.#settle.resolve([]);
  }

  /** Calls back when the caller gives up before it has all receipts. */
  onAbort(giveUp: () => void): void {
    const { signal } = this;
    if (signal === undefined || signal.aborted || this.#missing === 0) return;
    signal.addEventListener('abort', giveUp, { once: true });
    this.#detach = () => signal.removeEventListener('abort', giveUp);
  }

  /** Withholds the key of a failed message until this call settles. */
  withhold({ key }: Envelope, keys: WithheldKeys): void {
    if (key === null) return;
    keys.withhold(key);
    this.#failedKeys.push(key);
  }

  answer(item: PublishedItem, receipt: Receipt, keys: WithheldKeys): void {
    this.#found[item.index] = receipt;
    this.#missing -= 1;
    if (this.#missing > 0 || this.items.some(({ answer }) => answer === 'hang')) return;
    this.#detach();
    keys.releaseBeforeReceipts(this.#failedKeys);
    if (this.items.some(({ answer }) => answer === 'throw')) this.#settle.reject(new Error('A fault was injected.'));
    else this.#settle.resolve(this.#found);
  }
}
