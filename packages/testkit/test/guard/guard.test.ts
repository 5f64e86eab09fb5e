import { AsyncLocalStorage } from 'node:async_hooks';
import { execFileSync } from 'node:child_process';
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Loop, SystemClock, UuidV7Ids } from '@holdfast/core';
import { expect, test } from 'vitest';
import { EPOCH_MS } from '../../src/kernel/simulated-clock.ts';
import { inProcess } from './in-process.ts';

test('user code has virtual time and repeatable chance, whichever way it asks', async () => {
  const ask = async () => {
    const before = Date.now();
    const dates = [new Date().toISOString(), new Date(0).toISOString(), typeof Date()];
    const chance = [Math.random(), randomUUID(), crypto.randomUUID(), randomBytes(4).toString('hex'), randomInt(1_000)];
    const filled = [...crypto.getRandomValues(new Uint8Array(7)), ...crypto.getRandomValues(new Uint32Array(2))];
    await pause(60_000);
    await promisify(setTimeout)(60_000);
    await new Promise((resolve) => setTimeout(resolve, 60_000));
    await new Promise((resolve) => setImmediate(resolve));
    const started = performance.now();
    let ticks = 0;
    await new Promise<void>((resolve) => {
      const interval = setInterval(() => {
        ticks += 1;
        if (ticks < 10) return;
        clearInterval(interval);
        resolve();
      }, 1_000);
    });
    const took = Math.round(performance.now() - started);
    return { waited: Date.now() - before, dates, chance, filled, took, isDate: new Date(5) instanceof Date };
  };
  const began = performance.now();
  const first = await inProcess(ask);
  expect(performance.now() - began).toBeLessThan(100_000);
  expect(first.problems).toEqual([]);
  expect(first.result?.waited).toBe(190_000);
  expect(first.result?.dates).toEqual([new Date(EPOCH_MS).toISOString(), '1970-01-01T00:00:00.000Z', 'string']);
  expect(first.result?.took).toBe(10_000);
  expect(first.result?.isDate).toBe(true);
  expect(new Set(first.result?.filled).size).toBeGreaterThan(5);
  expect(first.result?.chance[1]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect((await inProcess(ask)).result).toEqual(first.result);
  expect((await inProcess(ask, { seed: 2 })).result?.chance).not.toEqual(first.result?.chance);
});

test('library code with its default clock runs in virtual time', async () => {
  const { result, problems } = await inProcess(async () => {
    const clock = new SystemClock();
    const before = clock.now();
    await clock.sleep(300_000);
    await clock.sleep(0);
    let runs = 0;
    const loop = new Loop({
      name: 'polls',
      runOnce: async () => {
        runs += 1;
        return 'idle';
      },
      idleMs: { min: 1_000, max: 1_000 },
    });
    loop.start();
    await clock.sleep(100_000);
    await loop.stop();
    const signal = AbortSignal.timeout(5_000);
    await clock.sleep(30_000, signal);
    return { passed: clock.now() - before, runs, id: new UuidV7Ids().next(), why: (signal.reason as Error).name };
  });
  expect(problems).toEqual([]);
  expect(result?.passed).toBeGreaterThanOrEqual(405_000);
  expect(result?.passed).toBeLessThan(406_000);
  expect(result?.runs).toBeGreaterThan(50);
  expect(result?.why).toBe('TimeoutError');
  expect(result?.id).toMatch(/^01a31/);
});

test.each<[string, string, () => unknown]>([
  ['a named import of node:fs', 'fs.readFileSync', () => readFileSync('/etc/hostname')],
  ['node:fs/promises', 'fs.promises.readFile', () => readFile('/etc/hostname')],
  ['fetch', 'fetch', () => fetch('http://127.0.0.1:1')],
  ['a socket', 'net.connect', () => net.connect(1, '127.0.0.1')],
  ['a socket that connects later', 'net.Socket.connect', () => new net.Socket().connect(1)],
  ['a child process', 'child_process.execFileSync', () => execFileSync('true')],
  ['a weak reference', 'new WeakRef', () => new WeakRef({})],
])(
  '%s is refused in a process, with the line of the caller, also when the error is swallowed',
  async (_, called, call) => {
    const { result, problems } = await inProcess(async () => {
      try {
        await call();
        return null;
      } catch (error) {
        return error as Error & { code: string; called: string; where: string };
      }
    });
    expect(result?.code).toBe('ERR_TESTKIT_UNWRAPPED_IO');
    expect(result?.called).toBe(called);
    expect(result?.where).toMatch(/^packages\/testkit\/test\/guard\/guard\.test\.ts:\d+:\d+$/);
    expect(problems).toEqual([result?.message]);
  },
);

test('a timer fires in the context of whoever set it, also of stores that are not of this kit', async () => {
  const store = new AsyncLocalStorage<string>();
  const { result } = await inProcess(
    () =>
      new Promise((resolve) => {
        store.run('mine', () => setTimeout(() => resolve(store.getStore()), 10));
      }),
  );
  expect(result).toBe('mine');
});

test('a timer that was cleared, or whose process is dead, does not fire; a refreshed one fires later', async () => {
  const { result } = await inProcess(async () => {
    const fired: string[] = [];
    const began = Date.now();
    clearTimeout(setTimeout(() => fired.push('cleared'), 10));
    clearTimeout(+setTimeout(() => fired.push('cleared by number'), 10));
    const refreshed = setTimeout(() => fired.push(`refreshed ${Date.now() - began}`), 20);
    setTimeout(() => refreshed.refresh(), 15);
    setTimeout(() => fired.push('usual'), 25).unref();
    await pause(100);
    return fired;
  });
  expect(result).toEqual(['usual', 'refreshed 35']);
});

test('process.exit ends the simulated process that calls it', async () => {
  const { problems } = await inProcess(() => process.exit(1));
  expect(problems).toEqual([
    '"user" still waits for a promise that no I/O and no timer settles. Nothing can happen any more.',
  ]);
});
