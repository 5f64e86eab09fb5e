import { getEventListeners } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { InvalidOptionError, Loop, type LoopOptions, type LoopResult, type LoopStatus } from '../../src/index.ts';
import { ManualClock } from '../../src/testing/index.ts';

const clock = new ManualClock();
const loops: Loop[] = [];
/** Half of the jitter's range: idle pauses are 3/4 of their nominal length, backoffs 1/2 of their ceiling. */
const random = { next: () => 0.5 };

function loopOf(runOnce: LoopOptions['runOnce'], options: Partial<LoopOptions> = {}): Loop {
  const loop = new Loop({ name: 'test', clock, random, idleMs: { min: 100, max: 800 }, ...options, runOnce });
  loops.push(loop);
  return loop;
}

/** A run that a test ends by hand. */
function heldRun() {
  const ends: ((result: LoopResult | Error) => void)[] = [];
  const signals: AbortSignal[] = [];
  let inside = 0;
  let most = 0;
  const run = async (signal: AbortSignal): Promise<LoopResult> => {
    signals.push(signal);
    inside += 1;
    most = Math.max(most, inside);
    const result = await new Promise<LoopResult | Error>((resolve) => {
      ends.push(resolve);
    });
    inside -= 1;
    if (result instanceof Error) throw result;
    return result;
  };
  return {
    run,
    signals,
    end: async (result: LoopResult | Error = 'idle') => {
      ends.shift()?.(result);
      await clock.settle();
    },
    get started() {
      return signals.length;
    },
    get most() {
      return most;
    },
  };
}

afterEach(async () => {
  await Promise.all(loops.splice(0).map((loop) => loop.stop({ deadlineMs: 0 })));
  expect(clock.sleeping).toBe(0);
});

describe('pace', () => {
  test('a busy loop runs again at once, an idle one waits longer each time up to the maximum', async () => {
    const times: number[] = [];
    const results: LoopResult[] = ['busy', 'busy', 'idle', 'idle', 'idle', 'idle', 'idle', 'idle', 'busy', 'idle'];
    const start = clock.monotonic();
    const loop = loopOf(async () => {
      times.push(clock.monotonic() - start);
      return results[times.length - 1] ?? 'idle';
    });
    loop.start();
    await clock.advance(2_500);
    const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(pauses.slice(0, 10)).toEqual([0, 0, 75, 150, 300, 600, 600, 600, 0, 75]);
  });

  test('a run can say when there is something to do', async () => {
    const held = heldRun();
    loopOf(held.run).start();
    await clock.settle();
    await held.end({ sleepMs: 5_000 });
    await clock.advance(4_999);
    expect(held.started).toBe(1);
    await clock.advance(1);
    expect(held.started).toBe(2);
    await held.end({ sleepMs: -5 });
    expect(held.started).toBe(3);
    await held.end({ sleepMs: Number.NaN });
    await clock.advance(800);
    expect(held.started).toBe(4);
  });

  test('a busy loop lets the event loop turn', async () => {
    let runs = 0;
    const loop = new Loop({
      name: 'busy',
      runOnce: async () => {
        runs += 1;
        return 'busy';
      },
    });
    loop.start();
    await new Promise((resolve) => setImmediate(resolve));
    expect(await loop.stop()).toEqual({ settled: true });
    expect(runs).toBeGreaterThan(0);
  });
});

describe('nudge', () => {
  test('ends an idle pause at once', async () => {
    const held = heldRun();
    const loop = loopOf(held.run);
    loop.start();
    await clock.settle();
    await held.end('idle');
    expect(held.started).toBe(1);
    loop.nudge();
    await clock.settle();
    expect(held.started).toBe(2);
  });

  test('during a run causes exactly one more, however often', async () => {
    const held = heldRun();
    const loop = loopOf(held.run);
    loop.start();
    await clock.settle();
    for (let count = 0; count < 100; count += 1) loop.nudge();
    await held.end('idle');
    expect(held.started).toBe(2);
    await held.end('idle');
    expect(held.started).toBe(2);
  });

  test('at every turn between two runs is not lost', async () => {
    for (let turns = 0; turns < 12; turns += 1) {
      const held = heldRun();
      const loop = loopOf(held.run);
      loop.start();
      await clock.settle();
      const ended = held.end('idle');
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      loop.nudge();
      await ended;
      await clock.settle();
      expect(held.started).toBe(2);
      void loop.stop({ deadlineMs: 0 });
    }
  });

  test('does not cut the backoff after an error', async () => {
    const held = heldRun();
    const loop = loopOf(held.run, { errorBackoffMs: { min: 1_000, max: 60_000 } });
    loop.start();
    await clock.settle();
    loop.nudge();
    await held.end(new Error('down'));
    loop.nudge();
    await clock.advance(499);
    expect(held.started).toBe(1);
    await clock.advance(1);
    expect(held.started).toBe(2);
  });

  test('before the start and after the stop does nothing', async () => {
    const held = heldRun();
    const loop = loopOf(held.run);
    loop.nudge();
    await clock.settle();
    expect(held.started).toBe(0);
    await loop.stop();
    loop.nudge();
    await clock.settle();
    expect(held.started).toBe(0);
  });
});

describe('one run at a time', () => {
  test('all who ask during a run share the one that follows', async () => {
    const held = heldRun();
    const loop = loopOf(held.run);
    loop.start();
    await clock.settle();
    const [one, other] = [loop.runOnce(), loop.runOnce()];
    expect(held.started).toBe(1);
    await held.end('idle');
    expect(held.started).toBe(2);
    await held.end('busy');
    expect(await Promise.all([one, other])).toEqual(['busy', 'busy']);
    expect(held.most).toBe(1);
  });

  test('one who asks just as a run ends does not overlap with those who wait', async () => {
    const held = heldRun();
    const loop = loopOf(held.run);
    const first = loop.runOnce();
    const waiting = loop.runOnce();
    const late = first.then(() => loop.runOnce());
    await held.end('idle');
    while (held.started < 3) await held.end('idle');
    await held.end('busy');
    await Promise.all([waiting, late]);
    expect(held.most).toBe(1);
  });

  test('starting twice, runs by hand, nudges and errors together never overlap', async () => {
    const held = heldRun();
    const loop = loopOf(held.run);
    const asked: Promise<unknown>[] = [];
    loop.start();
    loop.start();
    for (let round = 0; round < 50; round += 1) {
      asked.push(loop.runOnce().catch(() => 'failed'));
      loop.nudge();
      await held.end(round % 3 === 0 ? new Error('x') : 'idle');
      await clock.advance(round % 5);
    }
    expect(held.most).toBe(1);
    expect(held.started).toBeGreaterThan(20);
    const stopping = loop.stop({ deadlineMs: 10 });
    await held.end();
    expect(await stopping).toEqual({ settled: true });
    await Promise.all(asked);
  });

  test('without a start, runs are made by hand and their errors reach the caller', async () => {
    const errors: unknown[] = [];
    const failure = new Error('down');
    const loop = loopOf(() => Promise.reject(failure), {
      onError: (error) => {
        errors.push(error);
        throw new Error('the reporter is broken too');
      },
    });
    await expect(loop.runOnce()).rejects.toBe(failure);
    expect(errors).toEqual([failure]);
    expect(loop.status()).toMatchObject({ running: false, consecutiveErrors: 1, lastError: 'Error: down' });
  });
});

describe('errors', () => {
  test('F7.1: of runs are reported, and the loop goes on with jittered, growing pauses', async () => {
    const errors: unknown[] = [];
    const times: number[] = [];
    const start = clock.monotonic();
    const loop = loopOf(
      () => {
        times.push(clock.monotonic() - start);
        if (times.length === 5) return Promise.resolve('idle');
        if (times.length === 2) throw new Error('thrown, not rejected');
        return Promise.reject(new Error('amqp://user:secret@host is down'));
      },
      {
        errorBackoffMs: { min: 100, max: 300 },
        onError: (error) => {
          errors.push(error);
          throw new Error('the reporter is broken too');
        },
      },
    );
    loop.start();
    await clock.advance(500);
    expect(times.slice(0, 5)).toEqual([0, 50, 150, 300, 450]);
    expect(errors).toHaveLength(4);
    expect(loop.status()).toMatchObject({
      running: true,
      consecutiveErrors: 0,
      lastError: 'Error: amqp://***@host is down',
    });
  });
});

describe('stop', () => {
  test('aborts the run in progress, waits for it, and lets no other begin', async () => {
    const held = heldRun();
    const loop = loopOf(held.run);
    loop.start();
    await clock.settle();
    loop.nudge();
    const waiting = loop.runOnce();
    const refused = expect(waiting).rejects.toThrow(expect.objectContaining({ code: 'ERR_CORE_LOOP_STOPPED' }));
    let report: unknown;
    const stopping = loop.stop().then((settled) => {
      report = settled;
    });
    await clock.advance(9_999);
    expect(held.signals[0]?.aborted).toBe(true);
    expect(report).toBeUndefined();
    await held.end('busy');
    await stopping;
    expect(report).toEqual({ settled: true });
    expect(held.started).toBe(1);
    expect(clock.sleeping).toBe(0);
    await refused;
  });

  test('during a pause settles at once and leaves nothing', async () => {
    const signals: AbortSignal[] = [];
    const loop = loopOf((signal) => {
      signals.push(signal);
      return Promise.resolve('idle');
    });
    loop.start();
    await clock.settle();
    expect(clock.sleeping).toBe(2);
    expect(await loop.stop()).toEqual({ settled: true });
    expect(clock.sleeping).toBe(0);
    expect(getEventListeners(signals[0]!, 'abort')).toHaveLength(0);
    expect(loop.status().running).toBe(false);
  });

  test('gives up at its deadline; the run that hangs can end later and changes nothing', async () => {
    const errors: unknown[] = [];
    const held = heldRun();
    const loop = loopOf(held.run, { onError: (error) => errors.push(error) });
    loop.start();
    await clock.settle();
    const stopping = loop.stop({ deadlineMs: 1_000 });
    await clock.advance(1_000);
    expect(await stopping).toEqual({ settled: false });
    expect(clock.sleeping).toBe(0);
    await held.end(new Error('late'));
    await clock.advance(100_000);
    expect(held.started).toBe(1);
    expect(errors).toHaveLength(1);
  });

  test('called again waits for the first', async () => {
    const held = heldRun();
    const loop = loopOf(held.run);
    loop.start();
    await clock.settle();
    const reports = Promise.all([loop.stop({ deadlineMs: 100 }), loop.stop({ deadlineMs: 0 })]);
    await clock.advance(99);
    await held.end();
    expect(await reports).toEqual([{ settled: true }, { settled: true }]);
    expect(await loop.stop()).toEqual({ settled: true });
  });

  test('is final: start and runs are refused by name', async () => {
    const loop = loopOf(() => Promise.resolve('idle'));
    await loop.stop();
    expect(() => loop.start()).toThrow(expect.objectContaining({ code: 'ERR_CORE_LOOP_STOPPED' }));
    await expect(loop.runOnce()).rejects.toThrow(expect.objectContaining({ code: 'ERR_CORE_LOOP_STOPPED' }));
  });

  test('a run that rejects because it was aborted has not failed', async () => {
    const errors: unknown[] = [];
    const loop = loopOf(
      (signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        }),
      { onError: (error) => errors.push(error) },
    );
    loop.start();
    await clock.settle();
    expect(await loop.stop()).toEqual({ settled: true });
    expect(errors).toEqual([]);
    expect(loop.status().lastError).toBeNull();
  });
});

describe('watchdog', () => {
  test('F13.3: a run without progress is reported once and shown as stalled until it ends', async () => {
    const reports: LoopStatus[] = [];
    const held = heldRun();
    const loop = loopOf(held.run, { stallMs: 1_000, onStalled: (status) => reports.push(status) });
    loop.start();
    await clock.advance(999);
    expect(reports).toEqual([]);
    await clock.advance(1);
    expect(reports).toMatchObject([{ name: 'test', stalled: true, running: true }]);
    await clock.advance(10_000);
    expect(reports).toHaveLength(1);
    await held.end('busy');
    expect(loop.status().stalled).toBe(false);
    await clock.advance(2_000);
    expect(reports).toHaveLength(2);
  });

  test('progress puts it off', async () => {
    const reports: LoopStatus[] = [];
    const held = heldRun();
    const loop = loopOf(held.run, { stallMs: 1_000, onStalled: (status) => reports.push(status) });
    loop.start();
    for (let step = 0; step < 5; step += 1) {
      await clock.advance(900);
      loop.progress();
    }
    expect(reports).toEqual([]);
    await clock.advance(1_100);
    expect(reports).toHaveLength(1);
  });

  test('an idle loop is not stalled', async () => {
    const reports: LoopStatus[] = [];
    const loop = loopOf(() => Promise.resolve({ sleepMs: 50_000 }), {
      stallMs: 1_000,
      onStalled: (status) => reports.push(status),
    });
    loop.start();
    await clock.advance(49_000);
    expect(reports).toEqual([]);
    expect(loop.status().stalled).toBe(false);
  });

  test('a watcher that throws ends nothing', async () => {
    const held = heldRun();
    const loop = loopOf(held.run, {
      stallMs: 10,
      onStalled: () => {
        throw new Error('x');
      },
    });
    loop.start();
    await clock.advance(100);
    await held.end();
    expect(held.started).toBe(1);
    await clock.advance(100);
    expect(held.started).toBe(2);
  });
});

test('the status tells when the last run ended', async () => {
  const loop = loopOf(() => Promise.resolve('idle'));
  expect(loop.status()).toEqual({
    name: 'test',
    running: false,
    stalled: false,
    lastRunAt: null,
    lastError: null,
    consecutiveErrors: 0,
  });
  loop.start();
  await clock.settle();
  expect(loop.status()).toMatchObject({ running: true, lastRunAt: clock.now() });
});

test('a started loop on real time keeps the process alive, a stopped one does not', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  const loop = new Loop({ name: 'real', runOnce: () => Promise.resolve('idle') });
  loop.start();
  expect(timers()).toBe(before + 1);
  await loop.stop();
  expect(timers()).toBe(before);
  const lent = new Loop({ name: 'lent', keepAlive: false, runOnce: () => Promise.resolve('idle') });
  lent.start();
  expect(timers()).toBe(before);
  await lent.stop();
});

test('bad options are refused', () => {
  const runOnce = () => Promise.resolve('idle' as const);
  const bad: Partial<LoopOptions>[] = [
    { name: '' },
    { runOnce: undefined as unknown as LoopOptions['runOnce'] },
    { idleMs: { min: 10, max: 5 } },
    { idleMs: { min: -1, max: 5 } },
    { errorBackoffMs: { min: 0, max: Number.NaN } },
    { stallMs: 0 },
  ];
  for (const options of bad) expect(() => new Loop({ name: 'x', runOnce, ...options })).toThrow(InvalidOptionError);
});
