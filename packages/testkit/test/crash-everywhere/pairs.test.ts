import { isHoldfastError, UnknownOutcomeError } from '@holdfast/core';
import { expect, test } from 'vitest';
import { crashEverywhere } from '../../src/crash-everywhere/crash-everywhere.ts';
import type { CrashEverywhereFailedError } from '../../src/crash-everywhere/crash-everywhere-failed-error.ts';
import type { MakeHandler } from '../../src/crash-everywhere/handler-under-test.ts';
import { SimulatedService } from '../../src/externals/simulated-service.ts';
import { given } from './payments.ts';

/** When the answer of a charge is lost it takes the charge back, and asks again when the answer to that is lost: it has taken it back twice then. */
const refundsTwice: MakeHandler = (world) => {
  const charged = new Set<string>();
  let paid = 0;
  const api = {
    has: async (key: string) => charged.has(key),
    charge: async (key: string) => {
      if (!charged.has(key)) paid += 1;
      charged.add(key);
    },
    refund: async (key: string) => {
      charged.delete(key);
      paid -= 1;
    },
  };
  const payments = new SimulatedService(world, 'payments', { api, counts: () => ({ paid }) }).api;
  return async ({ id }) => {
    if (await payments.has(id)) return;
    try {
      await payments.charge(id);
    } catch (error) {
      if (error instanceof UnknownOutcomeError) await payments.refund(id).catch(() => payments.refund(id));
      throw error;
    }
  };
};

test('what a handler does only after a fault is not swept without pairs', async () => {
  const { pairs } = await crashEverywhere(refundsTwice, { given });
  expect(pairs).toBe(0);
});

test('a pair of faults finds what goes wrong on the way of recovery, and the report names both', async () => {
  const error = await crashEverywhere(refundsTwice, { given, kinds: ['error-after'], pairs: 5_000 }).catch(
    (thrown: unknown) => thrown,
  );
  if (!isHoldfastError(error, 'ERR_TESTKIT_CRASH_EVERYWHERE_FAILED')) throw error;
  const { failing, message } = error as CrashEverywhereFailedError;
  const [first] = failing.map(({ faults }) => faults.map(({ kind, at }) => `${kind} ${at}`));
  expect(first).toEqual(['error-after handler-1/payments.charge#1', 'error-after handler-1/payments.refund#1']);
  expect(message).toMatch(/does not survive \d+ of \d+ single faults and pairs/);
  expect(message).toContain('the answer to the 1st payments.refund of "handler-1" is lost');
});

test('so many pairs are tried as are asked for, from all over, and each time the same', async () => {
  const kept: MakeHandler = (world) => {
    const keys = new Set<string>();
    const charge = async (key: string) => void keys.add(key);
    const { api } = new SimulatedService(world, 'payments', {
      api: { charge },
      counts: () => ({ charges: keys.size }),
    });
    return ({ id }) => api.charge(id);
  };
  const result = await crashEverywhere(kept, { given, pairs: 20 });
  expect(result).toMatchObject({ runs: 11, pairs: 20 });
  expect(result.summary).toContain('11 runs with one fault each, 20 with two');
  expect(await crashEverywhere(kept, { given, pairs: 20 })).toEqual(result);
});
