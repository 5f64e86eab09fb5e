import { quoted } from '@holdfast/core';
import type { Check } from './check.ts';

export interface EffectOnceOptions<Facts> {
  /** An id for each time that something took effect; with several handlers, one that names the handler too. */
  readonly effects: (facts: Facts) => Iterable<string>;
}

const MOST_LISTED = 10;

/** Nothing takes effect twice. */
export function effectOnce<Facts>({ effects }: EffectOnceOptions<Facts>): Check<Facts> {
  return {
    name: 'each effect happens once',
    check: (facts) => {
      const counts = new Map<string, number>();
      for (const id of effects(facts)) counts.set(id, (counts.get(id) ?? 0) + 1);
      const repeated = [...counts].filter(([, count]) => count > 1);
      if (repeated.length === 0) return [];
      const shown = repeated.slice(0, MOST_LISTED).map(([id, count]) => `${quoted(id, 64)} ${count} times`);
      const more = repeated.length - shown.length;
      return [`took effect more than once: ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`];
    },
  };
}
