import type { Clock, Receipt } from '@holdfast/core';
import type { EntryTarget } from '../aws/outgoing-entry.ts';
import { RequestBatcher } from '../aws/request-batcher.ts';
import { unavailable } from './publish-call.ts';
import type { PublishJob } from './publish-job.ts';

export interface TargetQueueOptions {
  readonly target: EntryTarget;
  readonly clock: Clock;
  readonly concurrency: number;
  /** Told once for each message that was added. */
  readonly settle: (job: PublishJob, receipt: Receipt) => void;
}

const GIVEN_UP = unavailable('Its caller waits no longer, and it was not sent.');

/** What waits for one target, and what is on its way there. */
export class TargetQueue {
  readonly #target: EntryTarget;
  readonly #settle: (job: PublishJob, receipt: Receipt) => void;
  readonly #batcher: RequestBatcher<PublishJob>;

  constructor({ target, clock, concurrency, settle }: TargetQueueOptions) {
    this.#target = target;
    this.#settle = settle;
    this.#batcher = new RequestBatcher<PublishJob>({
      clock,
      concurrency,
      maxBytes: target.maxRequestBytes,
      bytesOf: (job) => job.entry.bytes,
      send: (jobs) => this.#send(jobs),
    });
  }

  add(job: PublishJob): void {
    this.#batcher.add(job);
  }

  async #send(jobs: readonly PublishJob[]): Promise<void> {
    const live: PublishJob[] = [];
    for (const job of jobs) {
      if (job.isDone) {
        this.#settle(job, GIVEN_UP);
        continue;
      }
      job.isSent = true;
      live.push(job);
    }
    if (live.length === 0) return;
    const { receipts, isOutage } = await this.#target.send(live.map(({ entry }) => entry));
    // What waits goes first, so that nothing of it starts behind a failure.
    if (isOutage) this.#failWaiting(receipts[0]);
    for (const [index, job] of live.entries()) {
      this.#settle(job, receipts[index] ?? { outcome: 'unknown', reason: 'The answer does not name it.' });
    }
  }

  #failWaiting(cause: Receipt | undefined): void {
    const reason = cause !== undefined && 'reason' in cause ? cause.reason : '';
    const retryAfterMs = cause?.outcome === 'unavailable' ? cause.retryAfterMs : undefined;
    const receipt: Receipt = {
      outcome: 'unavailable',
      reason: `${this.#target.label} takes nothing now: ${reason}`,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    };
    for (const job of this.#batcher.takeWaiting()) this.#settle(job, receipt);
  }
}
