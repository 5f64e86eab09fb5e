import type { Receipt } from '@holdfast/core';
import type { WithheldKeys } from '../publishing/withheld-keys.ts';

/** One call of `publish`: collects the receipts of its messages, and is done when all have one. */
export class PublishCall {
  readonly receipts: Promise<readonly Receipt[]>;
  readonly #given: (Receipt | undefined)[];
  readonly #withheld: WithheldKeys;
  readonly #failedKeys: string[] = [];
  #left: number;
  #resolve: (receipts: readonly Receipt[]) => void = () => {};

  constructor(size: number, withheld: WithheldKeys) {
    this.#given = new Array<Receipt | undefined>(size).fill(undefined);
    this.#left = size;
    this.#withheld = withheld;
    this.receipts = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    if (size === 0) this.#resolve([]);
  }

  has(index: number): boolean {
    return this.#given[index] !== undefined;
  }

  /** The first receipt of a message counts. What failed withholds its key until the receipts are given. */
  give(index: number, receipt: Receipt, key: string | null): void {
    if (this.has(index)) return;
    this.#given[index] = receipt;
    if (isFailure(receipt) && key !== null) {
      this.#withheld.withhold(key);
      this.#failedKeys.push(key);
    }
    this.#left -= 1;
    if (this.#left > 0) return;
    this.#withheld.releaseBeforeReceipts(this.#failedKeys);
    this.#resolve(this.#given.map((each) => each ?? LOST));
  }
}

const LOST: Receipt = Object.freeze({ outcome: 'unknown', reason: 'It has no receipt.' });

/** Whether the message will be published again, so that no later one of its key may be taken before. */
export function isFailure({ outcome }: Receipt): boolean {
  return outcome === 'unavailable' || outcome === 'unknown';
}

export function unavailable(reason: string): Receipt {
  return { outcome: 'unavailable', reason };
}
