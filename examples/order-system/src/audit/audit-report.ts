import type { EndingCount } from './endings.ts';
import type { Invariant } from './invariant.ts';

/** The result of a run. */
export interface AuditReport {
  /** Orders. */
  readonly accepted: number;
  readonly rejectedLines: number;
  /** How the orders have ended. */
  readonly endings: readonly EndingCount[];
  readonly invariants: readonly Invariant[];
  /** Whether all of them hold. */
  readonly ok: boolean;
}
