import type { Invariant } from './invariant.ts';

/** The result of a run. */
export interface AuditReport {
  /** Orders. */
  readonly accepted: number;
  readonly rejectedLines: number;
  readonly invariants: readonly Invariant[];
  /** Whether all of them hold. */
  readonly ok: boolean;
}
