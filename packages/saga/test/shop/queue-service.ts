import { type Delivery, failureClassOf, type QueueReader, summarizeError } from '@holdfast/core';
import type { BatchOutcome, BatchWork, Inbox, Work } from '@holdfast/inbox-dedup';

export interface QueueServiceOptions<Tx> {
  readonly reader: QueueReader;
  readonly inbox: Inbox<Tx>;
  readonly work: Work<Tx>;
  /** Instead of `work`, for all messages of a pull in one transaction. */
  readonly bulk?: BatchWork<Tx>;
  /** Told of messages that failed. */
  readonly onFailed?: (error: unknown) => void;
}

/** A service that takes its messages from a queue through an inbox. */
export class QueueService<Tx> {
  readonly #options: QueueServiceOptions<Tx>;

  constructor(options: QueueServiceOptions<Tx>) {
    this.#options = options;
  }

  /** Handles what is there. Returns how many messages that were. */
  async handle(max: number, waitMs: number): Promise<number> {
    const deliveries = await this.#options.reader.pull(max, { waitMs });
    const outcomes = await this.#outcomes(deliveries);
    for (const [index, delivery] of deliveries.entries()) await this.#settle(delivery, outcomes[index]!);
    return deliveries.length;
  }

  async #outcomes(deliveries: readonly Delivery[]): Promise<readonly BatchOutcome[]> {
    const { inbox, work, bulk } = this.#options;
    if (deliveries.length === 0) return [];
    const messages = deliveries.map(({ envelope, deliveryCount }) => ({ envelope, attempt: deliveryCount }));
    if (bulk !== undefined) return inbox.handleBatch(messages, bulk);
    const outcomes: BatchOutcome[] = [];
    for (const { envelope, attempt } of messages) {
      try {
        outcomes.push({ outcome: await inbox.handle(envelope, work, { attempt }) });
      } catch (error) {
        outcomes.push({ outcome: 'failed', error });
      }
    }
    return outcomes;
  }

  async #settle(delivery: Delivery, outcome: BatchOutcome): Promise<void> {
    if (outcome.outcome !== 'failed') {
      await delivery.ack();
      return;
    }
    this.#options.onFailed?.(outcome.error);
    if (failureClassOf(outcome.error) === 'permanent') await delivery.deadLetter(summarizeError(outcome.error));
    else await delivery.retry(20);
  }
}
