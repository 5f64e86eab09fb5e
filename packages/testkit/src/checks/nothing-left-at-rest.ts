import { quoted } from '@holdfast/core';
import type { Check } from './check.ts';
import { listedIds } from './listed-ids.ts';

export interface NothingLeftAtRestOptions<Facts> {
  /** What should be empty when everything has come to rest, by name: how many there are, or their ids. */
  readonly left: (facts: Facts) => Readonly<Record<string, number | Iterable<string>>>;
}

/** When everything has come to rest nothing waits any more: no outbox, no queue, no lease of a process that is gone. */
export function nothingLeftAtRest<Facts>({ left }: NothingLeftAtRestOptions<Facts>): Check<Facts> {
  return {
    name: 'nothing is left when everything is at rest',
    check: (facts) =>
      Object.entries(left(facts)).flatMap(([place, what]) => {
        if (typeof what === 'number') return what === 0 ? [] : [`${quoted(place)} still has ${what}`];
        const ids = [...what];
        return ids.length === 0 ? [] : [`${quoted(place)} still has ${ids.length}: ${listedIds(ids)}`];
      }),
  };
}
