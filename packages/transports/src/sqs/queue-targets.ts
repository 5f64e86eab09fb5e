import type { EntryTarget } from '../aws/outgoing-entry.ts';
import { QueueTarget } from './queue-target.ts';
import type { MessageOperations } from './sqs-operations.ts';

export interface QueueTargetsOptions {
  readonly maxRequestBytes: number;
  readonly operations: MessageOperations;
  /** Told when a queue is gone. */
  readonly onMissing: (target: EntryTarget) => void;
}

/** One target for each queue, so that all who send to it share its requests. */
export class QueueTargets {
  readonly #options: QueueTargetsOptions;
  readonly #byUrl = new Map<string, QueueTarget>();

  constructor(options: QueueTargetsOptions) {
    this.#options = options;
  }

  of(queue: string, url: string): QueueTarget {
    const known = this.#byUrl.get(url);
    if (known !== undefined) return known;
    const target = new QueueTarget({ ...this.#options, queue, url });
    this.#byUrl.set(url, target);
    return target;
  }
}
