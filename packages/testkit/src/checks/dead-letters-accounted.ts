import type { Check } from './check.ts';
import { contradiction } from './listed-ids.ts';

export interface DeadLetterFact {
  readonly id: string;
  /** Why it is dead. */
  readonly reason: string;
}

export interface DeadLettersAccountedOptions<Facts> {
  readonly accepted: (facts: Facts) => Iterable<string>;
  readonly applied: (facts: Facts) => Iterable<string>;
  readonly deadLetters: (facts: Facts) => Iterable<DeadLetterFact>;
  /** Parked, or discarded by a person. @default none */
  readonly setAside?: (facts: Facts) => Iterable<string>;
}

/** Each message is in one place: applied, dead, or set aside. A dead letter was accepted once, and says why it is dead. */
export function deadLettersAccounted<Facts>(options: DeadLettersAccountedOptions<Facts>): Check<Facts> {
  return {
    name: 'dead letters are accounted for',
    check: (facts) => {
      const accepted = new Set(options.accepted(facts));
      const applied = new Set(options.applied(facts));
      const setAside = new Set(options.setAside?.(facts) ?? []);
      const dead = [...options.deadLetters(facts)];
      const ids = new Set(dead.map(({ id }) => id));
      const missing = [...accepted].filter((id) => !applied.has(id) && !ids.has(id) && !setAside.has(id));
      const both = [...ids].filter((id) => applied.has(id) || setAside.has(id));
      const unreasoned = dead.filter(({ reason }) => reason.trim() === '').map(({ id }) => id);
      return [
        ...contradiction(missing, 'accepted and in no place'),
        ...contradiction(both, 'dead and applied or set aside as well'),
        ...contradiction(
          [...ids].filter((id) => !accepted.has(id)),
          'dead and never accepted',
        ),
        ...contradiction(unreasoned, 'dead without a reason'),
        ...contradiction(repeated(dead), 'dead more than once'),
      ];
    },
  };
}

function repeated(dead: readonly DeadLetterFact[]): ReadonlySet<string> {
  const ids = dead.map(({ id }) => id);
  return new Set(ids.filter((id, index) => ids.indexOf(id) !== index));
}
