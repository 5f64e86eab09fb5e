import type { Envelope, Publisher, PublishOptions, Receipt } from '@holdfast/core';

/** One `publish` that waits for the test to answer it. */
export interface PublishCall {
  readonly batch: readonly Envelope[];
  readonly ids: readonly string[];
  readonly signal: AbortSignal | undefined;
  answer(receipts: readonly Receipt[]): Promise<void>;
  accept(): Promise<void>;
  reject(error: unknown): Promise<void>;
}

export const accepted: Receipt = { outcome: 'accepted' };
export const rejected: Receipt = { outcome: 'rejected', reason: 'unroutable' };
export const unavailable: Receipt = { outcome: 'unavailable', reason: 'connection refused' };
export const unknown: Receipt = { outcome: 'unknown', reason: 'connection reset' };

/** A destination that does nothing by itself. */
export class ManualPublisher implements Publisher {
  readonly calls: PublishCall[] = [];

  publish(batch: readonly Envelope[], options: PublishOptions = {}): Promise<readonly Receipt[]> {
    const { promise, resolve, reject } = Promise.withResolvers<readonly Receipt[]>();
    const settled = () => new Promise<void>((done) => setImmediate(done));
    const answer = (receipts: readonly Receipt[]) => {
      resolve(receipts);
      return settled();
    };
    this.calls.push({
      batch,
      ids: batch.map((one) => one.id),
      signal: options.signal,
      answer,
      accept: () => answer(batch.map(() => accepted)),
      reject: (error) => {
        reject(error);
        return settled();
      },
    });
    return promise;
  }

  /** The calls since the last time that it was asked, by their ids. */
  takeIds(): readonly (readonly string[])[] {
    const ids = this.calls.slice(this.#taken).map((call) => call.ids);
    this.#taken = this.calls.length;
    return ids;
  }

  get last(): PublishCall {
    const call = this.calls.at(-1);
    if (call === undefined) throw new Error('nothing was published');
    return call;
  }

  #taken = 0;
}
