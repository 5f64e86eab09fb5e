import { expect, test } from 'vitest';
import { chanceOf } from '../../src/kernel/mix.ts';
import { ddmin } from '../../src/shrink/ddmin.ts';

const items = (count: number) => Array.from({ length: count }, (_, index) => index);

test('what is left is exactly what it takes, wherever it is in the list', async () => {
  for (let round = 0; round < 200; round += 1) {
    const count = 1 + Math.floor(chanceOf(round, 1) * 60);
    const needed = items(count).filter((item) => chanceOf(round, 100 + item) < 0.08);
    const left = await ddmin(items(count), async (part) => needed.every((item) => part.includes(item)));
    expect(left).toEqual(needed);
  }
});

test('without any one of what is left it does not fail, also when faults hide each other', async () => {
  for (let round = 0; round < 200; round += 1) {
    // 1 fails alone, but not beside an even number of others that hide it.
    const fails = async (part: readonly number[]) =>
      part.includes(1) && part.filter((item) => item > 1 && chanceOf(round, item) < 0.5).length % 2 === 0;
    const all = items(30);
    if (!(await fails(all))) continue;
    const left = await ddmin(all, fails);
    expect(await fails(left)).toBe(true);
    for (const item of left) expect(await fails(left.filter((other) => other !== item))).toBe(false);
  }
});

test('nothing is left when it fails without anything', async () => {
  expect(await ddmin(items(9), async () => true)).toEqual([]);
});

test('one fault among 100 is found in less than 30 runs', async () => {
  let runs = 0;
  await ddmin(items(100), async (part) => {
    runs += 1;
    return part.includes(63);
  });
  expect(runs).toBeLessThan(30);
});
