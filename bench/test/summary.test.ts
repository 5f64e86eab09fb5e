import { describe, expect, test } from 'vitest';
import { quantile, ratioOf, summaryOf } from '../src/harness/summary.ts';

describe('summaryOf', () => {
  test('the median is the middle, or between the two in the middle', () => {
    expect(summaryOf([5, 1, 3]).median).toBe(3);
    expect(summaryOf([4, 1, 3, 2]).median).toBe(2.5);
    expect(summaryOf([7]).median).toBe(7);
  });

  test('one wild round changes neither the median nor the spread much', () => {
    const calm = summaryOf([98, 99, 100, 101, 102]);
    const wild = summaryOf([98, 99, 100, 101, 900]);
    expect(wild.median).toBe(calm.median);
    expect(calm.spread).toBeCloseTo(0.01);
    expect(wild.spread).toBeCloseTo(0.01);
  });

  test('samples keep the order in which they were taken', () => {
    expect(summaryOf([3, 1, 2]).samples).toEqual([3, 1, 2]);
  });

  test('nothing has no median', () => {
    expect(() => summaryOf([])).toThrow(TypeError);
  });
});

describe('ratioOf', () => {
  test('a disturbance that both rounds of a turn saw drops out', () => {
    expect(ratioOf([90, 45, 90], [100, 50, 100])).toMatchObject({ median: 0.9, spread: 0 });
  });

  test('contenders with different numbers of rounds did not take turns', () => {
    expect(() => ratioOf([1, 2], [1])).toThrow('took turns');
  });
});

test('a quantile lies between its neighbours', () => {
  expect(quantile([0, 10], 0.25)).toBe(2.5);
  expect(quantile([1, 2, 3, 4, 5], 0.99)).toBeCloseTo(4.96);
});
