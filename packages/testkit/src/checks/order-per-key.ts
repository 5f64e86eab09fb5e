import { quoted } from '@holdfast/core';
import type { Check } from './check.ts';

export interface SequencedEffect {
  readonly key: string;
  /** The number of the message in its key, as its sender gave it. */
  readonly sequence: number | bigint;
}

export interface OrderPerKeyOptions<Facts> {
  /** In the order in which they were applied. */
  readonly effects: (facts: Facts) => Iterable<SequencedEffect>;
  /** Number of the first message of each key. @default 1 */
  readonly first?: number;
}

const MOST_LISTED = 10;

/** Effects of one key are applied in the order of their numbers: none twice, none late, none missing between two. */
export function orderPerKey<Facts>({ effects, first = 1 }: OrderPerKeyOptions<Facts>): Check<Facts> {
  return {
    name: 'effects of a key are in order, without a gap',
    check: (facts) => {
      const next = new Map<string, bigint>();
      const wrong = new Map<string, string>();
      for (const { key, sequence } of effects(facts)) {
        const expected = next.get(key) ?? BigInt(first);
        const found = BigInt(sequence);
        // What follows from the first mistake of a key says nothing new.
        if (found !== expected && !wrong.has(key)) {
          wrong.set(key, `key ${quoted(key, 64)}: ${found} was applied where ${expected} is next`);
        }
        next.set(key, found + 1n);
      }
      const texts = [...wrong.values()];
      const more = texts.length - MOST_LISTED;
      return more > 0 ? [...texts.slice(0, MOST_LISTED), `and ${more} more keys`] : texts;
    },
  };
}
