import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Check } from '../../src/checks/check.ts';
import { check } from '../../src/checks/checks.ts';
import { Simulation } from '../../src/kernel/simulation.ts';
import { World } from '../../src/kernel/world.ts';

const world = new World(new Simulation({ seed: 1 }));
const found = <Facts>(rule: Check<Facts>, facts: Facts) => rule.check(facts, world) as readonly string[];
/** Ids that are no part of each other, so that a message names the right one. */
const ids = fc.uniqueArray(
  fc.integer({ min: 100, max: 999 }).map((number) => `id-${number}`),
  { minLength: 1, maxLength: 8 },
);
const idsAndOne = ids.chain((all) => fc.tuple(fc.constant(all), fc.constantFrom(...all)));

describe('nothingLost', () => {
  interface Facts {
    readonly accepted: readonly string[];
    readonly applied: readonly string[];
    readonly parked: readonly string[];
  }
  const rule = check.nothingLost<Facts>({
    accepted: ({ accepted }) => accepted,
    applied: ({ applied }) => applied,
    setAside: ({ parked }) => parked,
  });

  test('holds when all is applied or set aside, also what nobody was told of', () => {
    fc.assert(
      fc.property(ids, fc.nat(8), (all, cut) => {
        const facts = { accepted: all.slice(1), applied: all.slice(0, cut), parked: all.slice(cut) };
        expect(found(rule, facts)).toEqual([]);
      }),
    );
  });

  test('names each id that is in no place', () => {
    fc.assert(
      fc.property(idsAndOne, ([all, lost]) => {
        const rest = all.filter((id) => id !== lost);
        const [text, ...more] = found(rule, { accepted: all, applied: rest, parked: [] });
        expect(text).toBe(`1 accepted and neither applied nor set aside: "${lost}"`);
        expect(more).toEqual([]);
      }),
    );
  });
});

describe('noPhantom', () => {
  const rule = check.noPhantom<{ origins: readonly string[]; effects: readonly string[] }>({
    origins: ({ origins }) => origins,
    effects: ({ effects }) => effects,
  });

  test('holds when every effect has its origin', () => {
    fc.assert(
      fc.property(ids, fc.nat(8), (origins, cut) => {
        expect(found(rule, { origins, effects: [...origins.slice(cut), ...origins.slice(cut)] })).toEqual([]);
      }),
    );
  });

  test('names an effect that was never committed', () => {
    fc.assert(
      fc.property(idsAndOne, ([effects, phantom]) => {
        const origins = effects.filter((id) => id !== phantom);
        expect(found(rule, { origins, effects })).toEqual([`1 took effect and were never committed: "${phantom}"`]);
      }),
    );
  });
});

describe('effectOnce', () => {
  const rule = check.effectOnce<readonly string[]>({ effects: (effects) => effects });

  test('holds when no id comes twice', () => {
    fc.assert(
      fc.property(ids, (effects) => {
        expect(found(rule, effects)).toEqual([]);
      }),
    );
  });

  test('names what happened twice, and how often', () => {
    fc.assert(
      fc.property(idsAndOne, fc.integer({ min: 1, max: 4 }), ([effects, twice], times) => {
        const planted = [...effects, ...Array.from({ length: times }, () => twice)];
        expect(found(rule, planted)).toEqual([`took effect more than once: "${twice}" ${times + 1} times`]);
      }),
    );
  });
});

describe('orderPerKey', () => {
  interface Effect {
    readonly key: string;
    readonly sequence: bigint;
  }
  const rule = check.orderPerKey<readonly Effect[]>({ effects: (effects) => effects });
  /** Keys whose effects are mixed, each in order. */
  const mixed = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 4, maxLength: 30 }).map((keys) => {
    const counts = new Map<string, bigint>();
    return keys.map((key): Effect => {
      const sequence = (counts.get(key) ?? 0n) + 1n;
      counts.set(key, sequence);
      return { key, sequence };
    });
  });

  test('holds for keys that are each in order, however they are mixed', () => {
    fc.assert(
      fc.property(mixed, (effects) => {
        expect(found(rule, effects)).toEqual([]);
      }),
    );
  });

  test('finds two of a key that changed places', () => {
    fc.assert(
      fc.property(mixed, fc.nat(), (effects, at) => {
        const first = effects[at % effects.length]!;
        const second = effects.find(({ key, sequence }) => key === first.key && sequence === first.sequence + 1n);
        fc.pre(second !== undefined);
        const swapped = effects.map((effect) => (effect === first ? second! : effect === second ? first : effect));
        const text = `key "${first.key}": ${second!.sequence} was applied where ${first.sequence} is next`;
        expect(found(rule, swapped)).toEqual([text]);
      }),
    );
  });

  test('finds a gap and a repetition', () => {
    fc.assert(
      fc.property(mixed, fc.nat(), (effects, at) => {
        const chosen = effects[at % effects.length]!;
        const hasLater = effects.some(({ key, sequence }) => key === chosen.key && sequence > chosen.sequence);
        const without = effects.filter((effect) => effect !== chosen);
        expect(found(rule, without)).toHaveLength(hasLater ? 1 : 0);
        expect(
          found(
            rule,
            effects.flatMap((effect) => (effect === chosen ? [effect, effect] : [effect])),
          ),
        ).toHaveLength(1);
      }),
    );
  });
});

describe('money', () => {
  interface Entry {
    readonly id: string;
    readonly cents: number;
  }
  interface Facts {
    readonly charges: readonly Entry[];
    readonly refunds: readonly Entry[];
    readonly paid: readonly Entry[];
  }
  const rule = check.money<Facts>({
    charges: ({ charges }) => charges,
    refunds: ({ refunds }) => refunds,
    expected: ({ paid }) => paid,
  });
  const books = ids.chain((all) =>
    fc.array(fc.integer({ min: 1, max: 10_000 }), { minLength: all.length, maxLength: all.length }).map((cents) => {
      const charges = all.map((id, index) => ({ id, cents: cents[index]! }));
      const refunds = charges.filter((_, index) => index % 3 === 2);
      return { charges, refunds, paid: charges.filter((charge) => !refunds.includes(charge)) };
    }),
  );

  test('holds when what was kept is what was owed', () => {
    fc.assert(
      fc.property(books, (facts) => {
        expect(found(rule, facts)).toEqual([]);
      }),
    );
  });

  test('finds a charge too many, one too few, a wrong amount and a refund that was not charged', () => {
    fc.assert(
      fc.property(books, fc.nat(), (facts, at) => {
        const { charges, refunds, paid } = facts;
        const chosen = paid[at % paid.length]!;
        const twice = found(rule, { ...facts, charges: [...charges, chosen] });
        const never = found(rule, { ...facts, charges: charges.filter((charge) => charge !== chosen) });
        const wrong = found(rule, { ...facts, paid: [...paid, { id: chosen.id, cents: 1 }] });
        const given = found(rule, { ...facts, refunds: [...refunds, chosen, chosen] });
        for (const texts of [twice, never, wrong, given]) {
          expect(texts).toHaveLength(1);
          expect(texts[0]).toContain(`"${chosen.id}"`);
        }
        expect(given[0]).toContain('more than was charged');
      }),
    );
  });

  test('is exact where numbers are not', () => {
    const exact = check.money<null>({
      charges: () => [{ id: 'o-1', cents: 9_007_199_254_740_993n }],
      expected: () => [{ id: 'o-1', cents: 9_007_199_254_740_992n }],
    });
    expect(found(exact, null)).toHaveLength(1);
  });
});

describe('stock', () => {
  interface Place {
    readonly sku: string;
    readonly units: number;
  }
  const places = fc.array(fc.record({ sku: fc.constantFrom('a', 'b'), units: fc.nat(50) }), {
    minLength: 1,
    maxLength: 8,
  });

  test('is never negative: each place that is gets named', () => {
    const rule = check.stockNeverNegative<readonly Place[]>({ units: (all) => all });
    fc.assert(
      fc.property(places, fc.integer({ min: -50, max: -1 }), (all, units) => {
        expect(found(rule, all)).toEqual([]);
        expect(found(rule, [...all, { sku: 'c', units }])).toEqual([`"c" has ${units} units`]);
      }),
    );
  });

  test('is conserved wherever it goes, and neither grows nor shrinks', () => {
    const rule = check.stockConserved<{ before: readonly Place[]; after: readonly Place[] }>({
      initial: ({ before }) => before,
      now: ({ after }) => after,
    });
    fc.assert(
      fc.property(places, fc.nat(), (before, at) => {
        const moved = before.flatMap(({ sku, units }) => [
          { sku, units: Math.floor(units / 3) },
          { sku, units: units - Math.floor(units / 3) },
        ]);
        expect(found(rule, { before, after: moved })).toEqual([]);
        const { sku } = before[at % before.length]!;
        for (const units of [1, -1]) {
          const [text] = found(rule, { before, after: [...moved, { sku, units }] });
          expect(text).toContain(`"${sku}"`);
        }
      }),
    );
  });
});

describe('deadLettersAccounted', () => {
  interface Dead {
    readonly id: string;
    readonly reason: string;
  }
  interface Facts {
    readonly accepted: readonly string[];
    readonly applied: readonly string[];
    readonly dead: readonly Dead[];
  }
  const rule = check.deadLettersAccounted<Facts>({
    accepted: ({ accepted }) => accepted,
    applied: ({ applied }) => applied,
    deadLetters: ({ dead }) => dead,
  });
  const accounts = idsAndOne.map(([accepted, one]): readonly [Facts, string] => [
    { accepted, applied: accepted.filter((id) => id !== one), dead: [{ id: one, reason: 'refused' }] },
    one,
  ]);

  test('holds when each message is in one place', () => {
    fc.assert(
      fc.property(accounts, ([facts]) => {
        expect(found(rule, facts)).toEqual([]);
      }),
    );
  });

  test('finds each way in which the account is wrong', () => {
    fc.assert(
      fc.property(accounts, ([facts, one]) => {
        const { accepted, applied, dead } = facts;
        const named = (texts: readonly string[], what: string) => {
          expect(texts).toEqual([`1 ${what}: "${one}"`]);
        };
        named(found(rule, { ...facts, dead: [] }), 'accepted and in no place');
        named(found(rule, { ...facts, applied: accepted }), 'dead and applied or set aside as well');
        named(found(rule, { ...facts, accepted: applied }), 'dead and never accepted');
        named(found(rule, { ...facts, dead: [{ id: one, reason: ' ' }] }), 'dead without a reason');
        named(found(rule, { ...facts, dead: [...dead, ...dead] }), 'dead more than once');
      }),
    );
  });
});

describe('nothingLeftAtRest', () => {
  const rule = check.nothingLeftAtRest<Record<string, number | readonly string[]>>({ left: (facts) => facts });

  test('holds for what is empty and names what is not', () => {
    fc.assert(
      fc.property(ids, fc.integer({ min: 1, max: 99 }), (left, count) => {
        expect(found(rule, { outbox: 0, parked: [] })).toEqual([]);
        const [first, second] = found(rule, { outbox: count, parked: left });
        expect(first).toBe(`"outbox" still has ${count}`);
        for (const id of left) expect(second).toContain(`"${id}"`);
      }),
    );
  });
});

describe('sagasSettled', () => {
  interface Facts {
    readonly sagas: readonly { readonly id: string; readonly state: string }[];
    readonly stuck: readonly string[];
  }
  const rule = check.sagasSettled<Facts>({
    sagas: ({ sagas }) => sagas,
    final: ['completed', 'compensated'],
    visiblyStuck: ({ stuck }) => stuck,
  });

  test('holds for sagas that ended or are shown as stuck, and names one that is neither', () => {
    fc.assert(
      fc.property(idsAndOne, fc.constantFrom('completed', 'compensated'), ([all, one], state) => {
        const sagas = all.map((id) => ({ id, state: id === one ? 'paying' : state }));
        expect(found(rule, { sagas, stuck: [one] })).toEqual([]);
        expect(found(rule, { sagas, stuck: [] })).toEqual([`"${one}" stays in "paying", and nobody is told`]);
      }),
    );
  });
});

test('a long list of ids is cut with a count', () => {
  const accepted = Array.from({ length: 1_000 }, (_, index) => `o-${index}`);
  const rule = check.nothingLost<null>({ accepted: () => accepted, applied: () => [] });
  const [text] = found(rule, null);
  expect(text!.length).toBeLessThan(300);
  expect(text).toMatch(/^1000 accepted .* and 990 more$/);
});

test('an id cannot break out of its line', () => {
  const rule = check.nothingLost<null>({ accepted: () => ['a\nb', 'x'.repeat(5_000)], applied: () => [] });
  expect(found(rule, null)[0]).not.toContain('\n');
  expect(found(rule, null)[0]!.length).toBeLessThan(300);
});
