import type { Check } from './check.ts';
import { contradiction } from './listed-ids.ts';

export interface NoPhantomOptions<Facts> {
  /** Ids of what was committed. */
  readonly origins: (facts: Facts) => Iterable<string>;
  /** Ids of what was delivered or took effect. */
  readonly effects: (facts: Facts) => Iterable<string>;
}

/** Nothing takes effect that was never committed. */
export function noPhantom<Facts>({ origins, effects }: NoPhantomOptions<Facts>): Check<Facts> {
  return {
    name: 'nothing appears from nowhere',
    check: (facts) => {
      const known = new Set(origins(facts));
      const phantoms = new Set([...effects(facts)].filter((id) => !known.has(id)));
      return contradiction(phantoms, 'took effect and were never committed');
    },
  };
}
