import type { Envelope, Receipt } from '@holdfast/core';
import type { RelayEvent } from '@holdfast/outbox';
import type { StopMessage } from '../processes/child-program.ts';

/** What the relay's process tells its parent. */
export type FromRelay =
  | {
      readonly kind: 'publish';
      readonly call: number;
      /** How many failed answers the sender had heard of when it sent this. */
      readonly failuresHeard: number;
      readonly batch: readonly Envelope[];
    }
  /** `service` is the one whose outbox is relayed. */
  | { readonly kind: 'event'; readonly service: string; readonly event: RelayEvent }
  /** A message was accepted, and the relay has not been told. */
  | { readonly kind: 'receipt-withheld' };

/** What the parent tells the relay's process. */
export type ToRelay =
  | { readonly kind: 'receipts'; readonly call: number; readonly receipts: readonly Receipt[] }
  /** Give the relay no receipt any more: it is about to be killed. */
  | { readonly kind: 'withhold-receipts' }
  | StopMessage;

/** Whether every message of a batch was dealt with for good. If not, the answer counts as a failed one. */
export function allSettled(receipts: readonly Receipt[]): boolean {
  return receipts.every(({ outcome }) => outcome === 'accepted' || outcome === 'rejected');
}
