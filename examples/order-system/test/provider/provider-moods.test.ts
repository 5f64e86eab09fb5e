import { expect, test } from 'vitest';
import { ProviderMoods } from '../../src/provider/provider-moods.ts';

const KEYS = Array.from({ length: 2_000 }, (_, index) => `key-${index}`);
const chargesOf = (seed: number, keys: readonly string[] = KEYS) => {
  const moods = new ProviderMoods(seed);
  return new Map(keys.map((key) => [key, moods.ofCharge(key)]));
};

test('the same seed treats the same requests the same, in whatever order they come', () => {
  expect(chargesOf(7)).toEqual(chargesOf(7));
  expect(chargesOf(7, KEYS.toReversed())).toEqual(chargesOf(7));
  expect(chargesOf(8)).not.toEqual(chargesOf(7));
});

test('every kind of misbehaviour happens, and most requests go well', () => {
  const kinds = [...chargesOf(1).values()].map(({ kind }) => kind);
  const times = (kind: string) => kinds.filter((each) => each === kind).length;
  for (const kind of ['throttled', 'error-in-200', 'charged-500', 'answer-lost', 'silence']) {
    expect(times(kind)).toBeGreaterThan(0);
  }
  expect(times('well')).toBeGreaterThan(KEYS.length / 2);
});

test('a request that comes again may be treated in another way', () => {
  const moods = new ProviderMoods(1);
  const kinds = Array.from({ length: 200 }, () => moods.ofLookup('k').kind);
  expect(new Set(kinds)).toEqual(new Set(['well', 'lookup-500', 'lookup-lost']));
});
