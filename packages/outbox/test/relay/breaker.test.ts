import { ManualClock } from '@holdfast/core/testing';
import { expect, test } from 'vitest';
import { Breaker } from '../../src/relay/breaker.ts';

/** Chance at its upper end: waits are as long as they get. */
const longest = { next: () => 1 - Number.EPSILON };

function breakerOf(options: { readonly baseMs?: number; readonly maxMs?: number } = {}) {
  const clock = new ManualClock();
  return { clock, breaker: new Breaker({ clock, random: longest, ...options }) };
}

test('a closed breaker allows everything', () => {
  const { breaker } = breakerOf();
  expect(breaker.permission()).toEqual({ allow: 'all' });
  expect(breaker.openedAt).toBeNull();
});

test('after a failure nothing is allowed until the wait is over, then one probe', async () => {
  const { breaker, clock } = breakerOf();
  breaker.fail();
  expect(breaker.permission()).toEqual({ allow: 'none', waitMs: expect.closeTo(100, 3) });
  await clock.advance(99);
  expect(breaker.permission().allow).toBe('none');
  await clock.advance(1);
  expect(breaker.permission()).toEqual({ allow: 'probe' });
  expect(breaker.state).toBe('half-open');
  expect(breaker.permission().allow).toBe('none');
});

test('waits double up to the longest, and begin anew after a success', async () => {
  const { breaker } = breakerOf({ baseMs: 100, maxMs: 1_000 });
  const waits = Array.from({ length: 6 }, () => {
    breaker.fail();
    const permission = breaker.permission();
    return permission.allow === 'none' ? Math.round(permission.waitMs) : 0;
  });
  expect(waits).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  breaker.succeed();
  expect(breaker.permission().allow).toBe('all');
  breaker.fail();
  expect(breaker.permission()).toEqual({ allow: 'none', waitMs: expect.closeTo(100, 3) });
});

test('F4.2: the wait is never shorter than what the destination asked for', () => {
  const { breaker } = breakerOf();
  breaker.fail(30_000);
  expect(breaker.permission()).toEqual({ allow: 'none', waitMs: 30_000 });
});

test('a probe that was not sent can be asked for again at once', async () => {
  const { breaker, clock } = breakerOf();
  breaker.fail();
  await clock.advance(100);
  expect(breaker.permission().allow).toBe('probe');
  breaker.cancel();
  expect(breaker.permission().allow).toBe('probe');
});

test('cancelling changes nothing on a closed breaker', () => {
  const { breaker } = breakerOf();
  breaker.cancel();
  expect(breaker.permission().allow).toBe('all');
});

test('it tells since when the destination is away, by the wall clock, over all failures', async () => {
  const { breaker, clock } = breakerOf();
  const start = clock.now();
  breaker.fail();
  await clock.advance(5_000);
  breaker.fail();
  expect(breaker.openedAt).toBe(start);
  breaker.succeed();
  expect(breaker.openedAt).toBeNull();
});
