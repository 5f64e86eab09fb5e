import { describeFault } from '@holdfast/testkit';
import type { ShareFigures } from './share-message.ts';

type Sweep = ShareFigures['sweeps'][number];

const MOST_FAILURES = 20;

/** What sweeps found, for people. */
export function sweepsText(sweeps: readonly Sweep[]): string {
  return sweeps.map(textOf).join('');
}

function textOf({ profile, seed, sites, runs, missed, isComplete, failures }: Sweep): string {
  const lines = [
    `sweep on ${profile}, seed ${seed}: ${failures.length} of ${runs.toLocaleString('en')} runs broke a rule, at ${sites.toLocaleString('en')} sites`,
    ...(isComplete ? [] : ['  not complete']),
    ...(missed === 0 ? [] : [`  ${missed} faults did not happen, so something besides the seed decides`]),
    ...failures.slice(0, MOST_FAILURES).map(({ faults, problems }) => {
      const rules = [...new Set(problems.map(({ check }) => `"${check}"`))];
      return `  broke ${rules.join(', ')}: ${faults.map(describeFault).join(' And: ')}`;
    }),
    ...(failures.length > MOST_FAILURES ? [`  and ${failures.length - MOST_FAILURES} more`] : []),
  ];
  return `${lines.join('\n')}\n`;
}
