import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffMs } from '../../src/index.ts';
import { SeededRandom } from '../../src/testing/index.ts';

const always = (value: number) => ({ next: () => value });

test('F7.1: a pause is between zero and the doubled base, at most the maximum', () => {
  const sizes = fc.record({
    attempt: fc.oneof(fc.integer({ min: 1, max: 1_000_000_000 }), fc.integer({ min: 1, max: 40 })),
    baseMs: fc.integer({ min: 0, max: 10_000 }),
    maxMs: fc.integer({ min: 0, max: 1_000_000 }),
    share: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  });
  fc.assert(
    fc.property(sizes, ({ attempt, baseMs, maxMs, share }) => {
      const pause = backoffMs(attempt, { baseMs, maxMs, random: always(share) });
      const ceiling = baseMs === 0 ? 0 : Math.min(maxMs, baseMs * 2 ** (attempt - 1));
      expect(pause).toBe(share * ceiling);
    }),
  );
});

test('F7.1: pauses of clients that failed together are spread over the whole range', () => {
  const random = new SeededRandom(1);
  const buckets = new Array<number>(10).fill(0);
  for (let client = 0; client < 10_000; client += 1) {
    const pause = backoffMs(4, { baseMs: 100, maxMs: 60_000, random });
    buckets[Math.floor(pause / 80)]! += 1;
  }
  expect(Math.min(...buckets)).toBeGreaterThan(900);
  expect(Math.max(...buckets)).toBeLessThan(1_100);
});

test('the ceiling doubles with each attempt', () => {
  const options = { baseMs: 100, maxMs: 1_000, random: always(0.5) };
  expect([1, 2, 3, 4, 5, 1_000_000_000].map((attempt) => backoffMs(attempt, options))).toEqual([
    50, 100, 200, 400, 500, 500,
  ]);
});

test('attempts that are none count as the first', () => {
  const options = { baseMs: 100, maxMs: 1_000, random: always(0.5) };
  for (const attempt of [0, -1, Number.NaN]) expect(backoffMs(attempt, options)).toBe(50);
  expect(backoffMs(Number.POSITIVE_INFINITY, options)).toBe(500);
  expect(backoffMs(1_000_000_000, { ...options, baseMs: 0 })).toBe(0);
});
