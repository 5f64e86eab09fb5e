import type { FaultSource } from './fault-source.ts';

/** Says for each seed what goes wrong. */
export interface FaultProfile {
  readonly name: string;
  /** What goes wrong in the run of this seed: always the same, and decided at each site apart from all others. */
  source(seed: number): FaultSource;
}
