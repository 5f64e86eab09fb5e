import { quoted } from '@holdfast/core';
import type { EntryTarget, OutgoingEntry, SentEntries } from '../aws/outgoing-entry.ts';
import { sendEntries } from '../aws/send-entries.ts';
import { isMissingQueue } from './sqs-api.ts';
import type { MessageOperations } from './sqs-operations.ts';

export interface QueueTargetOptions {
  readonly queue: string;
  readonly url: string;
  readonly maxRequestBytes: number;
  readonly operations: MessageOperations;
  /** Told when the queue is gone. */
  readonly onMissing: (target: EntryTarget) => void;
}

/** A queue that takes batches of entries. */
export class QueueTarget implements EntryTarget {
  readonly label: string;
  readonly url: string;
  readonly maxRequestBytes: number;
  readonly #operations: MessageOperations;
  readonly #onMissing: (target: EntryTarget) => void;

  constructor({ queue, url, maxRequestBytes, operations, onMissing }: QueueTargetOptions) {
    this.label = `Queue ${quoted(queue)}`;
    this.url = url;
    this.maxRequestBytes = maxRequestBytes;
    this.#operations = operations;
    this.#onMissing = onMissing;
  }

  send(entries: readonly OutgoingEntry[]): Promise<SentEntries> {
    return sendEntries(entries, async (some) => {
      try {
        return await this.#operations.send(this.url, some);
      } catch (error) {
        if (isMissingQueue(error)) this.#onMissing(this);
        throw error;
      }
    });
  }
}
