import { readFileSync } from 'node:fs';
import { isHoldfastError, PermanentError } from '@holdfast/core';
import { describe, expect, test } from 'vitest';
import { crashEverywhere } from '../../src/crash-everywhere/crash-everywhere.ts';
import type { CrashEverywhereFailedError } from '../../src/crash-everywhere/crash-everywhere-failed-error.ts';
import type { CrashEverywhereOptions } from '../../src/crash-everywhere/crash-everywhere-options.ts';
import type { MakeHandler } from '../../src/crash-everywhere/handler-under-test.ts';
import { given, onOrder, orderPlaced, paymentsOf } from './payments.ts';

/** Which single faults the handler does not survive. */
async function failingFaults(make: MakeHandler, options: Partial<CrashEverywhereOptions> = {}) {
  const error = await crashEverywhere(make, { given, ...options }).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!isHoldfastError(error, 'ERR_TESTKIT_CRASH_EVERYWHERE_FAILED')) throw error ?? new Error('It survives.');
  const { failing } = error as CrashEverywhereFailedError;
  return failing.map(({ faults: [fault], problems }) => `${fault?.kind} ${fault?.at}: ${problems[0]?.message}`);
}

describe('a handler that survives', () => {
  test('takes effect once in each run, one for every fault at every I/O point', async () => {
    const result = await crashEverywhere(
      (world) => {
        const payments = paymentsOf(world);
        return onOrder(({ cents }, id) => payments.charge(cents, id));
      },
      { given },
    );
    // The charge, the acknowledgement, and the delivery, which can come twice.
    expect(result).toMatchObject({ points: 2, deadLetters: 0 });
    expect(result.byKind).toEqual({
      'crash-before': 2,
      'crash-after': 2,
      'error-before': 2,
      'error-after': 2,
      pause: 2,
      duplicate: 1,
    });
    expect(result.runs).toBe(11);
    expect(result.summary).toMatch(/^2 I\/O points, 11 runs with one fault each, \d+ deliveries/);
  });

  test('gives the same result each time', async () => {
    const sweep = () =>
      crashEverywhere(
        (world) => {
          const payments = paymentsOf(world);
          return onOrder(({ cents }, id) => payments.charge(cents, id));
        },
        { given: [given, orderPlaced({ orderId: 'o-2', cents: 1 })], seed: 7 },
      );
    expect(await sweep()).toEqual(await sweep());
  });

  test('gets messages in the order given, one settled before the next, each with its attempt and its own id or a given one', async () => {
    const seen: string[] = [];
    await crashEverywhere(
      (world) => {
        const payments = paymentsOf(world);
        return async (message, { envelope, attempt, signal }) => {
          expect(envelope.id).toBe(message.id);
          expect(signal.aborted).toBe(false);
          seen.push(`${message.id}/${attempt}`);
          await payments.charge(1, message.id);
        };
      },
      { given: [given, orderPlaced({ orderId: 'o-2', cents: 1 }, { id: 'mine' })], kinds: ['crash-before'] },
    );
    const calm = ['given-1/1', 'mine/1'];
    // Twice without faults, then with the first one: a crash before the first charge.
    expect(seen.slice(0, 7)).toEqual([...calm, ...calm, 'given-1/1', 'given-1/2', 'mine/1']);
  });

  test('may refuse a message for good: a dead letter in every run', async () => {
    const result = await crashEverywhere(
      (world) => {
        const payments = paymentsOf(world);
        return onOrder(async ({ cents }, id) => {
          await payments.charge(cents, id);
          throw new PermanentError('Refused.');
        });
      },
      { given },
    );
    expect(result.deadLetters).toBe(1);
  });
});

test('a process whose lease is over settles nothing any more', async () => {
  const result = await crashEverywhere(
    (world) => {
      const payments = paymentsOf(world);
      return async (message, { attempt }) => {
        await payments.charge(1, message.id);
        await world.clock.sleep(attempt === 1 ? 1_500 : 900);
        if (attempt === 1) throw new PermanentError('Nobody waits for this decision.');
      };
    },
    { given, leaseMs: 1_000, kinds: ['error-before'] },
  );
  expect(result.deadLetters).toBe(0);
});

describe('a handler that does not survive', () => {
  test('is found to charge twice, by every fault that lets it', async () => {
    const make: MakeHandler = (world) => {
      const payments = paymentsOf(world);
      return onOrder(({ cents }) => payments.charge(cents));
    };
    const twice = 'payments: charges 2 instead of 1: the effect was applied 2 times.';
    expect(await failingFaults(make)).toEqual([
      `crash-after handler-1/payments.charge#1: ${twice}`,
      `error-after handler-1/payments.charge#1: ${twice}`,
      `pause handler-1/payments.charge#1: ${twice}`,
      `crash-before handler-1/queue.ack#1: ${twice}`,
      `error-before handler-1/queue.ack#1: ${twice}`,
      `duplicate queue/deliver#1: ${twice}`,
    ]);
  });

  test('is found to take an error for success', async () => {
    const make: MakeHandler = (world) => {
      const payments = paymentsOf(world);
      return onOrder(({ cents }, id) => payments.charge(cents, id).catch(() => {}));
    };
    expect(await failingFaults(make)).toEqual([
      'error-before handler-1/payments.charge#1: payments: charges 0 instead of 1: the effect was lost.',
    ]);
  });

  test('is found to give a message up for an error that would pass', async () => {
    const make: MakeHandler = (world) => {
      const payments = paymentsOf(world);
      return onOrder(async ({ cents }, id) => {
        await payments.charge(cents, id).catch((cause) => {
          throw new PermanentError('No.', { cause });
        });
      });
    };
    const failing = await failingFaults(make, { kinds: ['error-after'] });
    expect(failing).toEqual([
      'error-after handler-1/payments.charge#1: queue: handled messages 0 instead of 1: the effect was lost.',
    ]);
  });

  test('is found to look first and act then: two deliveries at once are both there', async () => {
    const make: MakeHandler = (world) => {
      const payments = paymentsOf(world);
      return onOrder(async ({ cents }, id) => {
        if (!(await payments.has(id))) await payments.charge(cents).then(() => payments.charge(0, id));
      });
    };
    const failing = await failingFaults(make, { kinds: ['duplicate'] });
    expect(failing).toEqual([expect.stringContaining('duplicate queue/deliver#1: payments: charges')]);
  });

  test('is found to remember in memory, which is lost with the process', async () => {
    const make: MakeHandler = (world) => {
      const payments = paymentsOf(world);
      return {
        start: () => {
          const done = new Set<string>();
          return onOrder(async ({ cents }, id) => {
            if (done.has(id)) return;
            await payments.charge(cents);
            done.add(id);
          });
        },
      };
    };
    expect(await failingFaults(make, { kinds: ['crash-before'] })).toEqual([
      expect.stringContaining('crash-before handler-1/queue.ack#1: payments: charges 2 instead of 1'),
    ]);
  });

  test('breaks a check of its own: of the options, or beside the handler', async () => {
    const make: MakeHandler = (world) => {
      const payments = paymentsOf(world);
      return {
        start: () => onOrder(({ cents }) => payments.charge(cents)),
        check: () => (payments.charges.length > 1 ? ['charged twice'] : []),
      };
    };
    const error = await crashEverywhere(make, { given }).catch((thrown: CrashEverywhereFailedError) => thrown);
    expect((error as CrashEverywhereFailedError).failing[0]?.problems).toContainEqual({
      check: 'your check',
      message: 'charged twice',
    });
    const always = crashEverywhere(make, { given, check: () => ['never right'] });
    await expect(always).rejects.toThrow('Without any fault, this is not so: your check. never right');
  });

  test('is reported with fault, life of its message, timeline and diagram', async () => {
    const sweep = crashEverywhere(
      (world) => {
        const payments = paymentsOf(world);
        return onOrder(({ cents }) => payments.charge(cents));
      },
      { given, kinds: ['crash-after'] },
    );
    const error = await sweep.catch((thrown: CrashEverywhereFailedError) => thrown);
    const { message, diagram } = error as CrashEverywhereFailedError;
    await expect(`${message}\n\n${diagram}\n`).toMatchFileSnapshot('./charges-twice.golden.txt');
    expect(message).not.toContain('4200');
  });
});

describe('a handler that cannot be tested', () => {
  test('is named with the line of its I/O that is not simulated', async () => {
    const sweep = crashEverywhere(
      (world) => {
        const payments = paymentsOf(world);
        return onOrder(async ({ cents }, id) => {
          readFileSync('/etc/hostname');
          await payments.charge(cents, id);
        });
      },
      { given },
    );
    await expect(sweep).rejects.toMatchObject({
      code: 'ERR_TESTKIT_UNWRAPPED_IO',
      where: expect.stringMatching(/crash-everywhere\.test\.ts:\d+:\d+$/),
    });
  });

  test('is named also when it swallows the refusal', async () => {
    const sweep = crashEverywhere(
      (world) => {
        const payments = paymentsOf(world);
        return onOrder(async ({ cents }, id) => {
          try {
            readFileSync('/etc/hostname');
          } catch {
            // Dropped.
          }
          await payments.charge(cents, id);
        });
      },
      { given },
    );
    await expect(sweep).rejects.toThrow(/fs\.readFileSync.*crash-everywhere\.test\.ts:\d+/);
  });

  test('does no I/O at all', async () => {
    const sweep = crashEverywhere(() => async () => {}, { given, check: () => [] });
    await expect(sweep).rejects.toThrow('The handler does no I/O that can be crashed');
  });

  test('changes nothing that is counted, and has no check', async () => {
    const make: MakeHandler = (world) => {
      const port = world.port('mail', { send: async () => {} });
      return () => port.send();
    };
    await expect(crashEverywhere(make, { given })).rejects.toThrow(
      'the handler changes nothing that a part of the world counts',
    );
    await expect(crashEverywhere(make, { given, check: () => [] })).resolves.toMatchObject({ points: 2 });
  });

  test('fails without any fault, for as often as it is tried', async () => {
    const make: MakeHandler = (world) => {
      const payments = paymentsOf(world);
      return onOrder(async ({ cents }, id) => {
        await payments.charge(cents, id);
        throw new Error('never well');
      });
    };
    const sweep = crashEverywhere(make, { given, maxDeliveries: 3 });
    await expect(sweep).rejects.toThrow('given-1 is not after 3 deliveries: Error: never well');
  });

  test('takes another course each time', async () => {
    let runs = 0;
    const make: MakeHandler = (world) => {
      const payments = paymentsOf(world);
      runs += 1;
      const looksFirst = runs > 1;
      return onOrder(async ({ cents }, id) => {
        if (looksFirst) await payments.has(id);
        await payments.charge(cents, id);
      });
    };
    await expect(crashEverywhere(make, { given })).rejects.toThrow('takes another course each time');
  });

  test('does not start', async () => {
    const sweep = crashEverywhere(() => ({ start: () => Promise.reject(new Error('no configuration')) }), { given });
    await expect(sweep).rejects.toThrow('no configuration');
  });

  test.each([
    ['given', { given: [] }],
    ['given', { given: {} as never }],
    ['kinds', { given, kinds: ['explode' as never] }],
    ['leaseMs', { given, leaseMs: 0 }],
    ['maxDeliveries', { given, maxDeliveries: 0 }],
    ['seed', { given, seed: -1 }],
  ])('has a wrong option: %s', (name, options) => {
    expect(() => crashEverywhere(() => async () => {}, options)).toThrow(`"${name}"`);
  });
});
