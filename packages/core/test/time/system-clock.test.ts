import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { SystemClock } from '../../src/index.ts';

const clock = new SystemClock();
const timers = () =>
  process.getActiveResourcesInfo().filter((name) => name === 'Timeout' || name === 'Immediate').length;

test('an aborted sleep ends at once and leaves neither timer nor listener', async () => {
  const before = timers();
  const stop = new AbortController();
  const sleeping = clock.sleep(3_600_000, stop.signal);
  expect(getEventListeners(stop.signal, 'abort')).toHaveLength(1);
  stop.abort();
  await sleeping;
  expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
  expect(timers()).toBe(before);
});

test('a sleep that ends by itself leaves no listener', async () => {
  const stop = new AbortController();
  await clock.sleep(1, stop.signal);
  expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
});

test('a sleep under an aborted signal does not begin', async () => {
  await clock.sleep(3_600_000, AbortSignal.abort());
});

test('a sleep does not keep the process alive', () => {
  const before = timers();
  const stop = new AbortController();
  const sleeping = clock.sleep(3_600_000, stop.signal);
  // Node lists only what keeps the event loop alive.
  expect(timers()).toBe(before);
  stop.abort();
  return sleeping;
});

test('a sleep longer than Node’s timers does not end at once', async () => {
  const stop = new AbortController();
  let ended = false;
  const sleeping = clock.sleep(2 ** 40, stop.signal).then(() => {
    ended = true;
  });
  await clock.sleep(5);
  expect(ended).toBe(false);
  stop.abort();
  await sleeping;
});

test('sleeping for no time lets the event loop turn', async () => {
  for (const ms of [0, -1, Number.NaN]) {
    let turned = false;
    setImmediate(() => {
      turned = true;
    });
    await clock.sleep(ms);
    expect(turned).toBe(true);
  }
});

test('monotonic time does not go back', () => {
  const first = clock.monotonic();
  expect(clock.monotonic()).toBeGreaterThanOrEqual(first);
});
