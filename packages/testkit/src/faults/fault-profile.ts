import type { FaultKind } from './fault.ts';
import type { FaultSource } from './fault-source.ts';

/** Says for each seed what goes wrong. */
export interface FaultProfile {
  readonly name: string;
  /** Kinds that were asked for by name: a campaign says which of them never happened. @default none */
  readonly kinds?: readonly FaultKind[];
  /** What goes wrong in the run of this seed: always the same, and decided at each site apart from all others. */
  source(seed: number): FaultSource;
}
