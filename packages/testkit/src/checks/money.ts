import { quoted } from '@holdfast/core';
import type { Check } from './check.ts';
import { namesOf, sumsByName } from './sums-by-name.ts';

/** An amount in the smallest unit of its currency, and what it belongs to. */
export interface Amount {
  /** E.g. of the order. */
  readonly id: string;
  /** A whole number, not below zero. */
  readonly cents: number | bigint;
}

export interface MoneyOptions<Facts> {
  /** What was charged, by the books of whoever charged it. */
  readonly charges: (facts: Facts) => Iterable<Amount>;
  /** What was given back. @default nothing */
  readonly refunds?: (facts: Facts) => Iterable<Amount>;
  /** What should have been charged: totals of orders that are paid, or declared to be in doubt. */
  readonly expected: (facts: Facts) => Iterable<Amount>;
}

const MOST_LISTED = 10;
const byId = { name: ({ id }: Amount) => id, amount: ({ cents }: Amount) => cents };

/** For each id and in total: charges less refunds are what is expected, and nothing is refunded that was not charged. */
export function money<Facts>({ charges, refunds, expected }: MoneyOptions<Facts>): Check<Facts> {
  return {
    name: 'money is conserved',
    check: (facts) => {
      const charged = sumsByName(charges(facts), byId);
      const refunded = sumsByName(refunds?.(facts) ?? [], byId);
      const due = sumsByName(expected(facts), byId);
      const texts = namesOf(charged, refunded, due).flatMap((id) => {
        const taken = charged.get(id) ?? 0n;
        const given = refunded.get(id) ?? 0n;
        const owed = due.get(id) ?? 0n;
        const figures = `${quoted(id, 64)}: charged ${taken} cents, refunded ${given}`;
        if (given > taken) return [`${figures}, more than was charged`];
        return taken - given === owed ? [] : [`${figures}, expected to keep ${owed}`];
      });
      const more = texts.length - MOST_LISTED;
      return more > 0 ? [...texts.slice(0, MOST_LISTED), `and ${more} more`] : texts;
    },
  };
}
