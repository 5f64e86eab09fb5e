import { type Delivery, integerOption, numberOption, type PullOptions, type QueueReader } from '@holdfast/core';
import type { PullRequest } from './queue-channel.ts';

/** Reads one queue of a {@link SqlTransport}. Several readers of one queue compete for its messages. */
export class SqlQueueReader implements QueueReader {
  readonly #pull: (request: PullRequest) => Promise<readonly Delivery[]>;

  constructor(pull: (request: PullRequest) => Promise<readonly Delivery[]>) {
    this.#pull = pull;
  }

  /**
   * Also rejects with TransportUnavailableError when the database fails while this waits. On a connection that went silent
   * it ends within the database's timeouts, which may be later than `waitMs`: an empty answer would say that it works.
   */
  async pull(max: number, { waitMs, signal }: PullOptions): Promise<readonly Delivery[]> {
    integerOption('max', max, { min: 1 });
    numberOption('waitMs', waitMs, { min: 0, max: Number.MAX_SAFE_INTEGER });
    if (signal?.aborted) return [];
    return this.#pull({ max, waitMs, signal });
  }
}
