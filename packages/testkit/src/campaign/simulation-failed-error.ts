import { HoldfastError } from '@holdfast/core';
import type { Problem } from '../kernel/problem.ts';
import type { FaultPlan } from '../plans/fault-plan.ts';
import type { CampaignFigures } from './campaign-report.ts';

/** Why: a run broke a rule, one seed gave two different runs, what had to be seen was never seen, or nothing went wrong that was asked for. */
export type SimulationFailure = 'violation' | 'nondeterminism' | 'unseen' | 'undisturbed';

export interface SimulationFailedErrorOptions extends ErrorOptions {
  readonly reason: SimulationFailure;
  readonly report: string;
  readonly problems?: readonly Problem[];
  readonly plan?: FaultPlan | null;
  readonly planPath?: string | null;
  readonly figures?: CampaignFigures | null;
}

/** A campaign or a sweep has failed. The message is the whole report. */
export class SimulationFailedError extends HoldfastError {
  readonly code = 'ERR_TESTKIT_SIMULATION_FAILED';
  override readonly failureClass = 'permanent';
  readonly reason: SimulationFailure;
  /** What contradicts the rules, in the shrunk run. */
  readonly problems: readonly Problem[];
  /** The shrunk run: its seed, and the faults that it takes. */
  readonly plan: FaultPlan | null;
  /** Where it was saved. */
  readonly planPath: string | null;
  /** What the campaign did, up to this; `null` for a sweep. */
  readonly figures: CampaignFigures | null;

  constructor({ reason, report, problems = [], plan = null, planPath = null, ...more }: SimulationFailedErrorOptions) {
    super(report, more.cause === undefined ? undefined : { cause: more.cause });
    this.reason = reason;
    this.problems = problems;
    this.plan = plan;
    this.planPath = planPath;
    this.figures = more.figures ?? null;
  }
}
