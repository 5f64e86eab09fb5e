import type { FaultPlan } from './fault-plan.ts';

export const PLAN_FORMAT = 1;

/** A run that failed once, kept as a file. */
export interface SavedPlan extends FaultPlan {
  readonly format: typeof PLAN_FORMAT;
  /** The campaign that found it. */
  readonly name: string;
  /** The check that failed. */
  readonly check: string;
}
