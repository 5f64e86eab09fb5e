import { expect, test } from 'vitest';
import { planned, run } from './planned.ts';

test('a process that does not stop in time is killed, and said to be, with what it waited for', async () => {
  const { problems } = await run((world) => {
    world.process('stubborn', () => ({ stop: () => world.clock.sleep(1_000_000) }));
  });
  expect(problems).toEqual([
    'processes stop: "stubborn" did not stop in 15000 ms. It waited for a sleep (due in 985000 ms).',
  ]);
});

test('what is left after a stop is named', async () => {
  const { problems } = await run((world) => {
    world.process('leaky', () => ({
      stop: async () => {
        void world.clock.sleep(30_000);
        void world.simulation.io({ label: 'orders.unlock' }, () => {});
      },
    }));
  });
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(
    /^nothing is left after a stop: "leaky" left (a sleep \(due in 30000 ms\), orders\.unlock|orders\.unlock \(due in \d+ ms\), a sleep)/,
  );
});

test('what is left by a process that cannot be stopped is named when it ends', async () => {
  const { problems } = await run((world) => {
    world.process('forgetful', () => {
      void world.clock.sleep(30_000);
      return undefined;
    });
  });
  expect(problems).toEqual([
    'nothing is left after a stop: "forgetful" returned nothing that can be stopped, and left a sleep (due in 30000 ms).',
  ]);
});

test('a stop that fails is told with its error', async () => {
  const { problems } = await run((world) => {
    world.process('clumsy', () => ({ stop: () => Promise.reject(new Error('cannot close')) }));
  });
  expect(problems).toEqual(['processes stop: "clumsy" failed to stop: Error: cannot close']);
});

test('a process that fails whenever it starts is told with its error when nothing goes wrong any more', async () => {
  const { problems, simulation } = await run(
    (world) => {
      world.process('broken', () => Promise.reject(new Error('no configuration')));
      world.client('user', () => world.clock.sleep(3_600_000));
    },
    { safetyMs: 100_000_000, settleMs: 100_000_000 },
  );
  expect(problems).toContain(
    'processes run when nothing goes wrong: "broken" does not run; its last error was Error: no configuration.',
  );
  expect(simulation.now).toBeLessThan(1_000_000);
});

test('a process that fails only while things go wrong is well', async () => {
  let isReachable = false;
  const { problems, world } = await run((world) => {
    world.process('patient', async () => {
      if (!isReachable) throw new Error('not yet');
      return { stop: async () => {} };
    });
    world.client('user', async () => {
      await world.clock.sleep(5_000);
      isReachable = true;
    });
  });
  expect(problems).toEqual([]);
  expect(world.processes[0]?.lives).toBeGreaterThan(2);
});

test('a deadlock is reported with what everybody waits for', async () => {
  const { problems } = await run((world) => {
    const [locker] = world.process('locker', () => ({
      api: { lock: () => new Promise<void>(() => {}) },
      stop: async () => {},
    }));
    world.client('user', () => locker!.call('lock', ({ lock }) => lock()));
  });
  expect(problems).toEqual([
    'clients come to their end: "user" still waits for locker.lock (begun, not over). Nothing can happen any more. "locker" still waits for a promise that no I/O and no timer settles.',
  ]);
});

test('a client that fails is told with its error', async () => {
  const { problems } = await run((world) => {
    world.client('user', () => Promise.reject(new Error('refused')));
  });
  expect(problems).toEqual(['clients come to their end: "user" failed: Error: refused']);
});

test('a process that is stopped by a fault runs its own code to the end, and is started again', async () => {
  const log: string[] = [];
  const { problems } = await run(
    (world) => {
      world.process('worker', ({ life }) => {
        log.push(`start ${life}`);
        return {
          stop: async () => {
            await world.clock.sleep(50);
            log.push(`stopped ${life}`);
          },
        };
      });
      world.client('user', () => world.clock.sleep(3_000));
    },
    { faults: planned({ at: 'tick/worker#2', kind: 'stop' }) },
  );
  expect(problems).toEqual([]);
  expect(log).toEqual(['start 1', 'stopped 1', 'start 2', 'stopped 2']);
});

test('a process that is paused does nothing, and its timers fire when it wakes', async () => {
  const beats: number[] = [];
  const { problems } = await run(
    (world) => {
      world.process('heart', () => {
        const stopped = new AbortController();
        void (async () => {
          while (!stopped.signal.aborted) {
            await world.clock.sleep(100, stopped.signal);
            beats.push(Math.round(world.simulation.now));
          }
        })();
        return { stop: async () => stopped.abort() };
      });
      world.client('user', () => world.clock.sleep(2_000));
    },
    { faults: planned({ at: 'tick/heart#3', kind: 'pause', ms: 1_000 }) },
  );
  expect(problems).toEqual([]);
  expect(beats.filter((at) => at > 310 && at < 1_290)).toEqual([]);
  expect(beats.filter((at) => at <= 310 || (at >= 1_290 && at <= 2_000)).length).toBeGreaterThan(8);
});

test('a call to a process that dies meanwhile is lost, one to a process that is down is refused', async () => {
  const outcomes: string[] = [];
  const { problems } = await run((world) => {
    const [server] = world.process('server', () => ({
      api: { work: () => world.clock.sleep(100) },
      stop: async () => {},
    }));
    server!.retire();
    world.client('user', async () => {
      for (let count = 0; count < 2; count += 1) {
        await server!.call('work', ({ work }) => work()).catch((error) => void outcomes.push(error.failureClass));
      }
    });
    world.client('killer', async () => {
      await world.clock.sleep(50);
      server!.kill();
    });
  });
  expect(outcomes).toEqual(['unknown', 'transient']);
  expect(problems).toContain('processes run when nothing goes wrong: "server" does not run; its start does not end.');
});
