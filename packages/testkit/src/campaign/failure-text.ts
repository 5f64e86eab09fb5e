import type { Fault } from '../faults/fault.ts';
import type { ShrunkFailure } from '../shrink/shrink-failure.ts';

export interface FailureTextOptions {
  readonly name: string;
  readonly check: string;
  readonly shrunk: ShrunkFailure;
  /** Faults of the run before it was shrunk. */
  readonly faultsBefore: number;
  readonly planPath: string | null;
}

const MOST_PROBLEMS = 20;

/** What a failed campaign tells: the rule that was broken, how to replay it, and by which faults. */
export function failureText({ name, check, shrunk, faultsBefore, planPath }: FailureTextOptions): string {
  const { plan, outcome, runs, repeats } = shrunk;
  const replay = planPath === null ? JSON.stringify(plan) : `'${planPath}'`;
  const shownProblems = outcome.problems.slice(0, MOST_PROBLEMS).map(({ check, message }) => `  ${check}: ${message}`);
  const left = outcome.problems.length - MOST_PROBLEMS;
  return [
    `The simulation "${name}" broke the rule "${check}" at seed ${plan.seed}.`,
    '',
    'Replay it:',
    `  simulate({ …, replay: ${replay} })`,
    '',
    repeats
      ? `Faults (${plan.faults.length} of ${faultsBefore} are needed, as ${runs} runs showed):`
      : 'Faults (not shrunk: with the same seed and faults it did not fail again, so something else decides as well):',
    ...(plan.faults.length === 0 ? ['  none: it fails without faults'] : plan.faults.map(faultLine)),
    '',
    'Problems:',
    ...shownProblems,
    ...(left > 0 ? [`  and ${left} more`] : []),
  ].join('\n');
}

export function faultLine({ at, kind, ms }: Fault): string {
  return `  ${kind} at ${at}${ms === undefined ? '' : ` (${ms} ms)`}`;
}
