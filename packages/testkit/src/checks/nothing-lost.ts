import type { Check } from './check.ts';
import { contradiction } from './listed-ids.ts';

export interface NothingLostOptions<Facts> {
  /** Ids of what somebody was told is accepted. */
  readonly accepted: (facts: Facts) => Iterable<string>;
  /** Ids of what took effect. */
  readonly applied: (facts: Facts) => Iterable<string>;
  /** Ids of what is kept for a person: parked, dead letters. @default none */
  readonly setAside?: (facts: Facts) => Iterable<string>;
}

/** Whatever was accepted took effect, or is set aside where a person sees it. */
export function nothingLost<Facts>({ accepted, applied, setAside }: NothingLostOptions<Facts>): Check<Facts> {
  return {
    name: 'nothing is lost',
    check: (facts) => {
      const found = new Set([...applied(facts), ...(setAside?.(facts) ?? [])]);
      const lost = new Set([...accepted(facts)].filter((id) => !found.has(id)));
      return contradiction(lost, 'accepted and neither applied nor set aside');
    },
  };
}
