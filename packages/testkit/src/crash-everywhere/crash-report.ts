import type { FailingFault } from './crash-everywhere-failed-error.ts';
import type { CrashRun } from './crash-run.ts';

/** A report of the first fault that fails, with a list of the others. */
export function crashReport({
  failing,
  runs,
}: {
  failing: readonly FailingFault[];
  runs: number;
  seed: number;
  recorded: CrashRun;
}): string {
  const lines = failing
    .slice(0, 20)
    .map(({ fault, problems }) => `  ${fault.kind} ${fault.at}: ${problems[0]?.message ?? ''}`);
  return [`The handler does not survive ${failing.length} of ${runs} faults:`, ...lines].join('\n');
}
