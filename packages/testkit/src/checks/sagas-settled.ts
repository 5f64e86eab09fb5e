import { quoted } from '@holdfast/core';
import type { Check } from './check.ts';

export interface SagaFact {
  readonly id: string;
  readonly state: string;
}

export interface SagasSettledOptions<Facts> {
  readonly sagas: (facts: Facts) => Iterable<SagaFact>;
  /** States in which nothing is to be done any more. */
  readonly final: readonly string[];
  /** Ids of those that are shown to a person as stuck. Silence is a failure. @default none */
  readonly visiblyStuck?: (facts: Facts) => Iterable<string>;
}

const MOST_LISTED = 10;

/** Each saga has come to an end, or a person sees that it cannot. */
export function sagasSettled<Facts>({ sagas, final, visiblyStuck }: SagasSettledOptions<Facts>): Check<Facts> {
  return {
    name: 'sagas are settled',
    check: (facts) => {
      const shown = new Set(visiblyStuck?.(facts) ?? []);
      const open = [...sagas(facts)].filter(({ id, state }) => !final.includes(state) && !shown.has(id));
      const texts = open
        .slice(0, MOST_LISTED)
        .map(({ id, state }) => `${quoted(id, 64)} stays in ${quoted(state, 64)}, and nobody is told`);
      return open.length > MOST_LISTED ? [...texts, `and ${open.length - MOST_LISTED} more`] : texts;
    },
  };
}
