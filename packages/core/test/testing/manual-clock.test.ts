import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { ManualClock, SeededRandom } from '../../src/testing/index.ts';

test('sleeps end in the order of their times, each with all that it causes', async () => {
  const clock = new ManualClock({ now: 1_000 });
  const seen: string[] = [];
  const sleeper = async (name: string, ms: number) => {
    await clock.sleep(ms);
    seen.push(`${name}@${clock.monotonic()}`);
    await clock.sleep(10);
    seen.push(`${name}@${clock.monotonic()}`);
  };
  const sleepers = [sleeper('late', 25), sleeper('early', 20)];
  await clock.advance(34);
  expect(seen).toEqual(['early@20', 'late@25', 'early@30']);
  await clock.advance(1);
  expect(seen.at(-1)).toBe('late@35');
  expect(clock.now()).toBe(1_035);
  await Promise.all(sleepers);
  expect(clock.sleeping).toBe(0);
});

test('an aborted sleep ends without time and leaves no listener', async () => {
  const clock = new ManualClock();
  const stop = new AbortController();
  const sleeping = clock.sleep(100, stop.signal);
  expect(clock.sleeping).toBe(1);
  stop.abort();
  await sleeping;
  expect(clock.sleeping).toBe(0);
  await clock.sleep(100, stop.signal);
  expect(clock.sleeping).toBe(0);
});

test('a sleep that ends by itself leaves no listener', async () => {
  const clock = new ManualClock();
  const stop = new AbortController();
  const sleeping = clock.sleep(100, stop.signal);
  await clock.advance(100);
  await sleeping;
  expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
});

test('a jump of the wall clock wakes nobody and leaves monotonic time alone', async () => {
  const clock = new ManualClock({ now: 1_000 });
  void clock.sleep(10);
  clock.jump(-500);
  await clock.settle();
  expect([clock.now(), clock.monotonic(), clock.sleeping]).toEqual([500, 0, 1]);
});

test('a seed gives the same numbers for ever, spread over [0, 1)', () => {
  expect(
    Array.from(
      { length: 3 },
      (
        (random) => () =>
          random.integer(0, 999_999)
      )(new SeededRandom(42)),
    ),
  ).toMatchInlineSnapshot(`
    [
      456255,
      574377,
      831097,
    ]
  `);
  const random = new SeededRandom(0);
  const numbers = Array.from({ length: 10_000 }, () => random.next());
  expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
  expect(numbers.reduce((sum, number) => sum + number, 0) / 10_000).toBeCloseTo(0.5, 1);
  expect(new Set(numbers).size).toBe(10_000);
});
