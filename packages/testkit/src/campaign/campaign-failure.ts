import type { Problem } from '../kernel/problem.ts';
import type { FailedRun } from '../report/failed-run.ts';
import type { ShrunkFailure } from '../shrink/shrink-failure.ts';

export interface CampaignFailureOptions {
  readonly name: string;
  /** The check that failed first; the others may come and go with the faults. */
  readonly check: string;
  readonly shrunk: ShrunkFailure;
  /** What the run broke when it failed first. */
  readonly problems: readonly Problem[];
  /** How many faults the run had before it was shrunk. */
  readonly faultsBefore: number;
  readonly planPath: string | null;
  /** Lines for the end of the report. */
  readonly seeAlso: readonly string[];
}

const NOT_REPEATED =
  'It is not shrunk: with the same seed and faults it did not fail again, so something besides them decides. What it broke is told as the first run found it; what each process did is of another run.';

/** What a failed run of a campaign tells. */
export function campaignFailure(options: CampaignFailureOptions): FailedRun {
  const { name, check, shrunk, faultsBefore, planPath, seeAlso } = options;
  const { plan, outcome, repeats } = shrunk;
  const problems = repeats ? outcome.problems : options.problems;
  const own = problems.filter((problem) => problem.check === check);
  const others = problems.filter((problem) => problem.check !== check);
  return {
    title: `The simulation "${name}" broke "${check}"`,
    seed: plan.seed,
    replay: `simulate({ …, replay: ${planPath === null ? JSON.stringify(plan) : `'${planPath}'`} })`,
    problems: [...own, ...others],
    faults: plan.faults,
    events: outcome.events,
    seeAlso: [repeats ? shrinking(shrunk, faultsBefore) : NOT_REPEATED, ...seeAlso],
  };
}

function shrinking({ plan, runs, isSpent }: ShrunkFailure, faultsBefore: number): string {
  const left = plan.faults.length;
  if (!isSpent) return `${left} of ${faultsBefore} faults are needed, as ${runs} runs showed.`;
  return `${left} of ${faultsBefore} faults are left after ${runs} runs, which were all that "shrinkRuns" allows: fewer may be enough.`;
}
