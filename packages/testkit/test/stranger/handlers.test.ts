import { isHoldfastError } from '@holdfast/core';
import {
  type CrashEverywhereFailedError,
  crashEverywhere,
  type MakeHandler,
  SimulatedService,
} from '@holdfast/testkit';
import { describe, expect, test } from 'vitest';
import { given, right, stockTaken, wrong } from './handlers.ts';

const options = { given, events: [stockTaken] };

describe('a handler that survives', () => {
  test.each(Object.entries(right))('%s', async (_, make) => {
    const { points, hints } = await crashEverywhere(make, options);
    expect(points).toBeGreaterThan(given.length);
    expect(hints).toEqual([]);
  });

  test('also pairs of faults', async () => {
    const { pairs } = await crashEverywhere(right['record and effect in one transaction']!, { ...options, pairs: 100 });
    expect(pairs).toBe(100);
  });
});

describe('a handler that does not, with the fault that shows the mistake first', () => {
  test.each(Object.entries(wrong))('%s', async (_, [fault, make]) => {
    const error = await crashEverywhere(make, options).catch((thrown: unknown) => thrown);
    if (!isHoldfastError(error, 'ERR_TESTKIT_CRASH_EVERYWHERE_FAILED')) throw error ?? new Error('It survives.');
    const [first] = (error as CrashEverywhereFailedError).failing;
    expect(first?.faults.map(({ kind, at }) => `${kind} ${at}`)).toEqual([fault]);
    expect(String(error)).toContain('Life of message "given-1"');
  });
});

describe('a handler that is refused by name of what it does', () => {
  const seen = new Set<string>();
  const paid = (world: Parameters<MakeHandler>[0]) =>
    new SimulatedService(world, 'payments', { api: { charge: async () => {} }, counts: () => ({}) }).api;
  const refused: Readonly<Record<string, readonly [code: string, make: MakeHandler]>> = {
    'fetch, also when its error is dropped': [
      'ERR_TESTKIT_UNWRAPPED_IO',
      (world) => {
        const payments = paid(world);
        return async () => {
          await fetch('http://127.0.0.1:9/').catch(() => {});
          await payments.charge();
        };
      },
    ],
    'state that is kept from run to run': [
      'ERR_TESTKIT_UNTESTABLE_HANDLER',
      (world) => {
        const payments = paid(world);
        return async ({ id }) => {
          if (seen.has(id)) return;
          seen.add(id);
          await payments.charge();
        };
      },
    ],
  };

  test.each(Object.entries(refused))('%s', async (_, [code, make]) => {
    await expect(crashEverywhere(make, { ...options, check: () => [] })).rejects.toMatchObject({ code });
  });
});
