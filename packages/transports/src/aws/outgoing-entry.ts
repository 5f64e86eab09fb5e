import type { Receipt } from '@holdfast/core';

/** One message as SQS and SNS take it, in a batch of at most ten. */
export interface OutgoingEntry {
  readonly body: string;
  /** Message attributes, all of type `String`: names and values that the services allow. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Size as the services count it: body, and names, types and values of the attributes, in UTF-8. */
  readonly bytes: number;
  /** `MessageGroupId`; `null` outside FIFO. */
  readonly group: string | null;
  /** `MessageDeduplicationId`; `null` outside FIFO. */
  readonly deduplicationId: string | null;
}

/** Where batches of entries can be sent: a queue or a topic. */
export interface EntryTarget {
  /** For reasons of receipts: `Queue "payment"`. */
  readonly label: string;
  /** Largest request, all its entries together, as the service counts. */
  readonly maxRequestBytes: number;
  /** Sends at most ten entries. Does not reject. */
  send(entries: readonly OutgoingEntry[]): Promise<SentEntries>;
}

export interface SentEntries {
  /** One per entry, at its index. */
  readonly receipts: readonly Receipt[];
  /** Whether the target could not be reached, or takes nothing now: what waits for it need not be tried. */
  readonly isOutage: boolean;
}

export const MAX_ENTRIES = 10;

/** What the services count for one attribute of type `String`. */
export function attributeBytes(name: string, value: string): number {
  return Buffer.byteLength(name) + 'String'.length + Buffer.byteLength(value);
}
