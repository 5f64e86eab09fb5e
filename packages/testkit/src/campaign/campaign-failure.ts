import type { FailedRun } from '../report/failed-run.ts';
import type { ShrunkFailure } from '../shrink/shrink-failure.ts';

export interface CampaignFailureOptions {
  readonly name: string;
  /** The check that failed first; the others may come and go with the faults. */
  readonly check: string;
  readonly shrunk: ShrunkFailure;
  /** How many faults the run had before it was shrunk. */
  readonly faultsBefore: number;
  readonly planPath: string | null;
  /** Lines for the end of the report. */
  readonly seeAlso: readonly string[];
}

const NOT_REPEATED =
  'It is not shrunk: with the same seed and faults it did not fail again, so something besides them decides.';

/** What a failed run of a campaign tells. */
export function campaignFailure(options: CampaignFailureOptions): FailedRun {
  const { name, check, shrunk, faultsBefore, planPath, seeAlso } = options;
  const { plan, outcome, runs, repeats } = shrunk;
  const own = outcome.problems.filter((problem) => problem.check === check);
  const others = outcome.problems.filter((problem) => problem.check !== check);
  const shrinking = `${plan.faults.length} of ${faultsBefore} faults are needed, as ${runs} runs showed.`;
  return {
    title: `The simulation "${name}" broke "${check}"`,
    seed: plan.seed,
    replay: `simulate({ …, replay: ${planPath === null ? JSON.stringify(plan) : `'${planPath}'`} })`,
    problems: [...own, ...others],
    faults: plan.faults,
    events: outcome.events,
    seeAlso: [repeats ? shrinking : NOT_REPEATED, ...seeAlso],
  };
}
