import type { Receipt } from '@holdfast/core';
import type { EntryTarget, OutgoingEntry } from '../aws/outgoing-entry.ts';
import type { PublishCall } from './publish-call.ts';

export interface PublishJobOptions {
  readonly call: PublishCall;
  readonly index: number;
  readonly type: string;
  readonly key: string | null;
  readonly entry: OutgoingEntry;
}

/** One message on its way to all queues that get it. */
export class PublishJob {
  readonly type: string;
  readonly key: string | null;
  readonly entry: OutgoingEntry;
  /** Where it goes; `null` until that is known. */
  targets: readonly EntryTarget[] | null = null;
  /** Whether it may have left this process. */
  isSent = false;
  readonly #call: PublishCall;
  readonly #index: number;
  readonly #received: Receipt[] = [];

  constructor({ call, index, type, key, entry }: PublishJobOptions) {
    this.#call = call;
    this.#index = index;
    this.type = type;
    this.key = key;
    this.entry = entry;
  }

  /** Whether its receipt is given: its own, or that of a caller who waits no longer. */
  get isDone(): boolean {
    return this.#call.has(this.#index);
  }

  /** Takes the receipt of one target; returns what became of the message when it was the last one. */
  settleTarget(receipt: Receipt): Receipt | null {
    this.#received.push(receipt);
    return this.#received.length < (this.targets?.length ?? 0) ? null : merged(this.#received);
  }

  give(receipt: Receipt): void {
    this.#call.give(this.#index, receipt, this.key);
  }
}

/**
 * What became of a message that went to several queues. What one queue refuses for good is `rejected`, whoever else has it:
 * publishing it again would never end. What some have, and others could not be given, is `unknown`.
 */
function merged(receipts: readonly Receipt[]): Receipt {
  const [first] = receipts;
  const failed = receipts.filter(({ outcome }) => outcome !== 'accepted');
  const [failure] = failed;
  if (first === undefined || failure === undefined) return first ?? { outcome: 'accepted' };
  if (receipts.length === 1) return failure;
  const rejection = failed.find(({ outcome }) => outcome === 'rejected');
  const delayed = failed.find(({ outcome }) => outcome !== 'rejected');
  if (rejection !== undefined && delayed === undefined) return rejection;
  const isTaken = failed.length < receipts.length || failed.some(({ outcome }) => outcome === 'unknown');
  if (!isTaken) return delayed ?? failure;
  const reason = delayed !== undefined && 'reason' in delayed ? delayed.reason : '';
  return { outcome: 'unknown', reason: `Not every queue took it: ${reason}` };
}
