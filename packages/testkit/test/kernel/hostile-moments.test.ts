import { expect, test } from 'vitest';
import { planned, run } from './planned.ts';

test('a process that is paused is not called and not stopped before it wakes', async () => {
  const times: Record<string, number> = {};
  const { problems } = await run(
    (world) => {
      const { clock, simulation } = world;
      const [server] = world.process('server', async () => ({
        api: {
          async ask() {
            times.asked = simulation.now;
          },
        },
        async stop() {
          times.stopped ??= simulation.now;
        },
      }));
      world.client('client', async () => {
        await clock.sleep(150);
        await server?.call('ask', (api) => api.ask());
        await clock.sleep(30_000);
      });
    },
    {
      faults: planned(
        { at: 'tick/server#1', kind: 'pause', ms: 5_000 },
        { at: 'tick/server#52', kind: 'pause', ms: 3_000 },
        { at: 'tick/server#53', kind: 'stop' },
      ),
    },
  );
  expect(times.asked).toBeGreaterThanOrEqual(5_100);
  expect(times.stopped).toBeGreaterThanOrEqual(8_200);
  expect(problems).toEqual([]);
});

test('a process that is told to stop while it stops is told once, and is up again before it is judged', async () => {
  const stops: number[] = [];
  const { problems, simulation } = await run(
    (world) => {
      world.process('server', async ({ life }) => ({
        async stop() {
          stops.push(life);
          await world.clock.sleep(10_000);
        },
      }));
      world.client('client', () => world.clock.sleep(1_000));
    },
    {
      faults: planned({ at: 'tick/server#1', kind: 'stop' }, { at: 'tick/server#3', kind: 'stop' }),
    },
  );
  expect(stops).toEqual([1, 2]);
  expect(problems).toEqual([]);
  expect(simulation.now).toBeGreaterThan(20_000);
});

test('a process that is killed while it stops is started once, and none is started after the end', async () => {
  const lives: number[] = [];
  const { world } = await run(
    (world) => {
      world.process('server', async ({ life }) => {
        lives.push(life);
        return { stop: () => world.clock.sleep(5_000) };
      });
      world.client('client', () => world.clock.sleep(20_000));
    },
    { faults: planned({ at: 'tick/server#1', kind: 'stop' }, { at: 'tick/server#2', kind: 'kill' }) },
  );
  expect(lives).toEqual([1, 2]);
  expect(world.processes.map(({ incarnation }) => incarnation?.isAlive)).toEqual([false]);
});

test('who is frozen when faults end has all the time to come to rest after it woke', async () => {
  let todo = 20;
  const { problems } = await run(
    (world) => {
      world.process('worker', async () => {
        while (todo > 0) {
          await world.simulation.io({ label: 'step' }, () => {
            todo -= 1;
          });
        }
      });
      world.quietWhen(() => todo === 0);
      world.client('client', async () => {});
    },
    { safetyMs: 500, settleMs: 2_000, faults: planned({ at: 'worker/step#3', kind: 'pause', ms: 60_000 }) },
  );
  expect(problems).toEqual([]);
});

test('a world without anything that runs is a problem', async () => {
  const { problems } = await run(() => {});
  expect(problems).toEqual([expect.stringContaining('something runs: The world has no process and no client')]);
});

test('what is seen while a world is built is a problem, and what a dead process sees is not seen', async () => {
  const { problems, simulation } = await run(
    (world) => {
      world.see('built');
      world.process('worker', async ({ life }) => {
        try {
          world.simulation.point({ label: 'write' }, () => {});
          world.see(`written in life ${life}`);
        } finally {
          world.see(`tried in life ${life}`);
        }
        return undefined;
      });
      world.client('client', () => world.clock.sleep(5_000));
    },
    { faults: planned({ at: 'worker/write#1', kind: 'crash-after' }) },
  );
  expect(problems).toEqual([expect.stringContaining('"built" was seen while the world was built')]);
  expect([...simulation.seen.keys()]).toEqual(['written in life 2', 'tried in life 2']);
});

test('wrong times, counts and names are refused by name', async () => {
  const client = (count: number) => run((world) => world.client('client', async () => {}, { count }));
  for (const count of [0, -1, Number.NaN]) await expect(client(count)).rejects.toThrow('"count"');
  for (const ms of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    await expect(run(() => {}, { safetyMs: ms })).rejects.toThrow('"safetyMs"');
    await expect(run(() => {}, { settleMs: ms })).rejects.toThrow('"settleMs"');
  }
  await expect(run((world) => world.server('tick'))).rejects.toThrow('"tick"');
});

test('a call or stop that a paused process has not heard of is nothing that it has left when it is done', async () => {
  const { problems } = await run(
    (world) => {
      world.process('worker', async () => {
        await world.simulation.io({ label: 'step' }, () => {});
        await world.clock.sleep(500);
      });
      world.client('client', () => world.clock.sleep(1_000));
    },
    { faults: planned({ at: 'tick/worker#2', kind: 'pause', ms: 2_000 }, { at: 'tick/worker#3', kind: 'stop' }) },
  );
  expect(problems).toEqual([]);
});

test('a sleep that is no time is over at once, as with the clock of the system', async () => {
  const { problems, simulation } = await run((world) => {
    world.client('client', async () => {
      for (const ms of [Number.NaN, -5, 0, Number.NEGATIVE_INFINITY]) await world.clock.sleep(ms);
    });
  });
  expect(problems).toEqual([]);
  expect(simulation.now).toBeLessThan(2_000);
});

test('an effect that returns a strange thenable settles once, and what that throws is its failure', async () => {
  const fail = (message: string) => () => {
    throw new Error(message);
  };
  const thenable = (like: PropertyDescriptor, target: object = {}) => Object.defineProperty(target, 'then', like);
  const settles = (...values: number[]) => ({
    value: (resolve: (value: number) => void) => values.forEach((value) => void resolve(value)),
  });
  const strange: Record<string, unknown> = {
    'settles twice': thenable(settles(1, 2)),
    'a function': thenable(settles(3), () => {}),
    throws: thenable({ value: fail('then') }),
    'throws when asked': thenable({ get: fail('getter') }),
  };
  const heard: unknown[] = [];
  const { problems, simulation } = await run(
    (world) => {
      world.client('client', async () => {
        for (const [label, result] of Object.entries(strange)) {
          const done = world.simulation.io<unknown>({ label }, () => result);
          heard.push(await done.catch((error: Error) => error.message));
        }
      });
    },
    { record: true },
  );
  expect(problems).toEqual([]);
  expect(heard).toEqual([1, 3, 'then', 'getter']);
  const told = simulation.trace.events
    .filter(({ kind }) => kind !== 'process')
    .map(({ kind, label }) => `${kind} ${label}`);
  expect(told).toEqual(['io settles twice', 'io a function', 'failed throws', 'failed throws when asked']);
});

test('two stops at once are one, and both end with it', async () => {
  let stops = 0;
  const outcomes: unknown[] = [];
  await run((world) => {
    const [server] = world.process('server', async () => ({
      stop: async () => {
        stops += 1;
        await world.clock.sleep(100);
      },
    }));
    world.simulation.after(50, () => {
      for (const _ of [1, 2]) void server?.stop(1_000).then((outcome) => outcomes.push(outcome));
    });
    world.client('client', () => world.clock.sleep(1_000));
  });
  expect(stops).toBe(1);
  expect(outcomes).toEqual([
    { settled: true, left: [] },
    { settled: true, left: [] },
  ]);
});
