import { getEventListeners } from 'node:events';
import { afterEach, expect, test, vi } from 'vitest';
import { SystemClock } from '../../src/index.ts';

const clock = new SystemClock();
const keptAlive = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

afterEach(() => {
  vi.useRealTimers();
});

test('an aborted sleep ends at once and leaves neither timer nor listener', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const stop = new AbortController();
  const sleeping = clock.sleep(3_600_000, stop.signal);
  expect(getEventListeners(stop.signal, 'abort')).toHaveLength(1);
  expect(vi.getTimerCount()).toBe(1);
  stop.abort();
  await sleeping;
  expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
  expect(vi.getTimerCount()).toBe(0);
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
  const before = keptAlive();
  const stop = new AbortController();
  const sleeping = clock.sleep(3_600_000, stop.signal);
  // Node lists only what keeps the event loop alive.
  expect(keptAlive()).toBe(before);
  stop.abort();
  return sleeping;
});

test('a sleep longer than Node’s timers does not end early, nor wake up all the time', async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => warnings.push(warning);
  process.on('warning', onWarning);
  const stop = new AbortController();
  let ended = false;
  const sleeping = clock.sleep(2 ** 40, stop.signal).then(() => {
    ended = true;
  });
  await clock.sleep(5);
  process.off('warning', onWarning);
  expect(ended).toBe(false);
  expect(warnings).toEqual([]);
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

test('a sleep of no time ends with the turn of the event loop, also when nothing else happens in the process', async () => {
  // Something far away keeps the process alive; an immediate that is not referenced would wait for it.
  const distant = setInterval(() => {}, 60_000);
  try {
    for (let turns = 0; turns < 2_000; turns += 1) await clock.sleep(0);
  } finally {
    clearInterval(distant);
  }
}, 2_000);
