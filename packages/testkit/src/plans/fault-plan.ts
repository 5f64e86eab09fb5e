import type { Fault } from '../faults/fault.ts';

/** All that a run needs to be repeated, besides its world. */
export interface FaultPlan {
  readonly seed: number;
  readonly faults: readonly Fault[];
  /** @default that of the world's definition */
  readonly size?: number;
}
