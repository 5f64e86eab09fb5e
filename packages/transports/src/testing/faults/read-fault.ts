import type { Clock, Random } from '@holdfast/core';
import type { FaultCondition } from './fault-condition.ts';

/** What goes wrong with a delivered message. A message may be hit by several faults. */
export type ReadFault = FaultCondition &
  (
    | { readonly fault: 'delay' /** The answer that it comes in is so much later. */; readonly ms: number }
    | { readonly fault: 'reorder' /** Later messages pass it for so long. */; readonly ms: number }
    | {
        readonly fault: 'duplicate';
        /** In a later pull instead of in the same one. @default false */
        readonly later?: boolean;
      }
    | {
        readonly fault: 'fail' /** The pull that it comes in rejects, as when the broker cannot be reached; it comes again. */;
      }
    | {
        readonly fault: 'lose-lease' /** Every settlement rejects with LeaseLostError and changes nothing; it comes again. */;
      }
  );

export interface ReadFaultPlan {
  readonly faults: readonly ReadFault[];
  /** The clock of the inner reader. @default the system's clock */
  readonly clock?: Clock;
  /** Decides where a fault has a `probability`. */
  readonly random?: Random;
}
