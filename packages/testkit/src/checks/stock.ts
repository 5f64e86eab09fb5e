import { quoted } from '@holdfast/core';
import type { Check } from './check.ts';
import { namesOf, sumsByName } from './sums-by-name.ts';

/** How many units of something there are at one place: on the shelf, reserved, sold. */
export interface Units {
  readonly sku: string;
  /** A whole number. */
  readonly units: number | bigint;
}

const bySku = { name: ({ sku }: Units) => sku, amount: ({ units }: Units) => units };

/** Nothing is given out that is not there: neither on any shelf nor in any other place. */
export function stockNeverNegative<Facts>({
  units,
}: {
  readonly units: (facts: Facts) => Iterable<Units>;
}): Check<Facts> {
  return {
    name: 'stock is never negative',
    check: (facts) =>
      [...units(facts)]
        .filter((place) => place.units < 0)
        .map((place) => `${quoted(place.sku, 64)} has ${place.units} units`),
  };
}

/** What there was is still there, is reserved, or was sold: for each SKU. */
export function stockConserved<Facts>({
  initial,
  now,
}: {
  readonly initial: (facts: Facts) => Iterable<Units>;
  /** All places together: available, reserved, sold, on their way. */
  readonly now: (facts: Facts) => Iterable<Units>;
}): Check<Facts> {
  return {
    name: 'stock is conserved',
    check: (facts) => {
      const before = sumsByName(initial(facts), bySku);
      const after = sumsByName(now(facts), bySku);
      return namesOf(before, after).flatMap((sku) => {
        const [had, has] = [before.get(sku) ?? 0n, after.get(sku) ?? 0n];
        return had === has ? [] : [`${quoted(sku, 64)}: ${had} units at first, ${has} in the end`];
      });
    },
  };
}
