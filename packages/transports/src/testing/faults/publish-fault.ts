import type { Clock, Random } from '@holdfast/core';
import type { FaultCondition } from './fault-condition.ts';

/** What goes wrong with a published message. A message may be hit by several faults. */
export type PublishFault = FaultCondition &
  (
    | { readonly fault: 'delay' /** It and everything after it is handed over so much later. */; readonly ms: number }
    | { readonly fault: 'duplicate' }
    | { readonly fault: 'reorder' /** Messages of other keys pass it for so long. */; readonly ms: number }
    | { readonly fault: 'lose-receipt' }
    | { readonly fault: 'fail'; readonly outcome: 'unavailable' | 'unknown' }
    | { readonly fault: 'reject'; readonly reason?: string }
    | { readonly fault: 'throw' }
    | { readonly fault: 'hang' }
  );

/**
 * A part of the publisher's contract that may be broken:
 * - `throw`: faults of this name make `publish` reject; `hang`: they make it never settle
 * - `key-order`: `reorder` lets messages of the same key pass too
 * - `key-after-failure`: after a failure, later messages of the key are handed over all the same
 */
export type PublisherBreach = 'throw' | 'hang' | 'key-order' | 'key-after-failure';

export interface PublishFaultPlan {
  readonly faults: readonly PublishFault[];
  /** What of the contract may be broken. @default nothing */
  readonly breakContract?: readonly PublisherBreach[];
  /** @default the system's clock */
  readonly clock?: Clock;
  /** Decides where a fault has a `probability`. */
  readonly random?: Random;
}
