import type { Receipt } from '@holdfast/core';
import {
  type AwsFailure,
  awsFailure,
  type FailedEntry,
  receiptOfFailedEntry,
  receiptOfFailure,
} from './aws-failure.ts';
import type { OutgoingEntry, SentEntries } from './outgoing-entry.ts';
import { SendFailedError } from './send-failed-error.ts';

const ACCEPTED: Receipt = Object.freeze({ outcome: 'accepted' });
const NOT_SENT: Receipt = Object.freeze({
  outcome: 'unavailable',
  reason: 'Not sent: the service failed on the message before it.',
});

/** Does one request: one result per entry, `null` for taken. @throws SendFailedError when it fails as a whole */
export type SendRequest = (entries: readonly OutgoingEntry[]) => Promise<readonly (FailedEntry | null)[]>;

/** Sends at most ten entries, and says what became of each. */
export async function sendEntries(entries: readonly OutgoingEntry[], request: SendRequest): Promise<SentEntries> {
  try {
    const results = await request(entries);
    const receipts = results.map((failed) => (failed === null ? ACCEPTED : receiptOfFailedEntry(failed)));
    return { receipts, isOutage: false };
  } catch (error) {
    const failure: AwsFailure = error instanceof SendFailedError ? error.failure : awsFailure(error);
    // One entry that the service refuses takes the others with it: alone each gets its own answer.
    if (failure.kind === 'refused' && entries.length > 1) return sendEach(entries, request);
    return { receipts: entries.map(() => receiptOfFailure(failure)), isOutage: failure.kind !== 'refused' };
  }
}

async function sendEach(entries: readonly OutgoingEntry[], request: SendRequest): Promise<SentEntries> {
  const receipts: Receipt[] = [];
  let isOutage = false;
  for (const entry of entries) {
    if (isOutage) {
      receipts.push(NOT_SENT);
      continue;
    }
    const sent = await sendEntries([entry], request);
    receipts.push(...sent.receipts);
    ({ isOutage } = sent);
  }
  return { receipts, isOutage };
}
