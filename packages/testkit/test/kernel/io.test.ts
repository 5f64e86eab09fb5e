import { expect, test } from 'vitest';
import { IoLane } from '../../src/kernel/io-site.ts';
import { EPOCH_MS } from '../../src/kernel/simulated-clock.ts';
import type { World } from '../../src/kernel/world.ts';
import { planned, run } from './planned.ts';

/** What happened in the lives of a process that writes once, then reports. */
async function lives(kind: Parameters<typeof planned>[0]['kind'] | null, { ms = 5_000, isSync = false } = {}) {
  const log: string[] = [];
  const { problems, simulation } = await run(
    (world) => {
      world.process('worker', ({ life }) => {
        const at = () => (world.simulation.now > ms ? 'late' : 'soon');
        const effect = () => void log.push(`effect ${at()}`);
        void (async () => {
          try {
            if (isSync) world.simulation.point({ label: 'write' }, effect);
            else await world.simulation.io({ label: 'write' }, effect);
            log.push(`${life} ok ${at()}`);
          } catch (error) {
            log.push(`${life} ${(error as Error).name}`);
          } finally {
            log.push(`${life} finally`);
          }
        })();
        return { stop: async () => {} };
      });
      world.client('user', () => world.clock.sleep(8_000));
    },
    { faults: planned(...(kind === null ? [] : [{ at: 'worker/write#1', kind, ms }])) },
  );
  expect(problems).toEqual([]);
  return { log, happened: simulation.happened.length };
}

test('without a fault an effect happens and its caller goes on', async () => {
  expect(await lives(null)).toEqual({ log: ['effect soon', '1 ok soon', '1 finally'], happened: 0 });
});

test('a process that crashes before an I/O has no effect and runs no catch and no finally; it is started again', async () => {
  expect((await lives('crash-before')).log).toEqual(['effect soon', '2 ok soon', '2 finally']);
});

test('a process that crashes after an I/O has had its effect, and runs no catch and no finally', async () => {
  expect((await lives('crash-after')).log).toEqual(['effect soon', 'effect soon', '2 ok soon', '2 finally']);
});

test('an I/O that is refused has no effect, one whose answer is lost has', async () => {
  expect((await lives('error-before')).log).toEqual(['1 SimulatedFaultError', '1 finally']);
  expect((await lives('error-after')).log).toEqual(['effect soon', '1 SimulatedFaultError', '1 finally']);
});

test('a process that is paused gets its answer late; the effect was in time', async () => {
  expect((await lives('pause')).log).toEqual(['effect soon', '1 ok late', '1 finally']);
});

test('a crash in a synchronous I/O throws, and what catches it can reach nothing', async () => {
  expect((await lives('crash-before', { isSync: true })).log).toEqual([
    '1 ProcessKilledError',
    '1 finally',
    'effect soon',
    '2 ok soon',
    '2 finally',
  ]);
  const reached: string[] = [];
  await run(
    (world) => {
      world.process('worker', async ({ life }) => {
        try {
          world.simulation.point({ label: 'write' }, () => {});
        } catch {
          world.simulation.after(1, () => void reached.push('timer'));
          for (let count = 0; count < 10; count += 1) {
            const site = { label: 'later', outlivesSender: true };
            void world.simulation.io(site, () => void reached.push('io'));
          }
          try {
            world.simulation.point({ label: 'at once' }, () => void reached.push('point'));
          } catch (error) {
            reached.push((error as Error).name);
          }
          await world.clock.sleep(1);
          reached.push('slept');
        }
        return life === 1 ? { stop: async () => {} } : undefined;
      });
      world.client('user', () => world.clock.sleep(3_000));
    },
    { faults: planned({ at: 'worker/write#1', kind: 'crash-after' }) },
  );
  expect(reached).toEqual(['ProcessKilledError']);
});

async function arrivals(outlivesSender: boolean): Promise<number> {
  let arrived = 0;
  for (let seed = 1; seed <= 20; seed += 1) {
    await run(
      (world) => {
        const [sender] = world.process('sender', () => {
          void world.simulation.io({ label: 'send', outlivesSender }, () => {
            arrived += 1;
          });
          return { stop: async () => {} };
        });
        sender!.retire();
        world.client('killer', async () => sender!.kill());
      },
      { seed },
    );
  }
  return arrived;
}

test('what a process had under way when it died is dropped, or may still arrive when it was sent', async () => {
  expect(await arrivals(false)).toBe(0);
  const arrived = await arrivals(true);
  expect(arrived).toBeGreaterThan(2);
  expect(arrived).toBeLessThan(18);
});

test('an answer that comes when its caller is dead is heard by nobody', async () => {
  const log: string[] = [];
  await run((world) => {
    const [server] = world.process('server', () => ({
      api: {
        work: async () => {
          await world.clock.sleep(100);
          log.push('worked');
        },
      },
      stop: async () => {},
    }));
    const [caller] = world.process('caller', () => {
      server!
        .call('work', ({ work }) => work())
        .then(
          () => log.push('heard'),
          () => log.push('failed'),
        )
        .finally(() => log.push('finally'));
      // Of one that needs no way back, the effect may still be under way.
      void world.simulation.io({ label: 'slow' }, () => world.clock.sleep(100)).then(() => log.push('over'));
      return { stop: async () => {} };
    });
    world.client('killer', async () => {
      await world.clock.sleep(50);
      caller!.retire();
      caller!.kill();
      await world.clock.sleep(1_000);
    });
  });
  expect(log).toEqual(['worked']);
});

async function callsOver(kind: 'partition' | 'down', build: (world: World) => void = () => {}) {
  const log: string[] = [];
  let effects = 0;
  const address = kind === 'partition' ? 'caller/ask#2' : 'tick/server#1';
  const { problems } = await run(
    (world) => {
      world.server('server');
      build(world);
      world.client('caller', async () => {
        for (let call = 1; call <= 6; call += 1) {
          const began = world.simulation.now;
          const outcome = await world.simulation
            .io({ label: 'ask', server: 'server', answers: true, timeoutMs: 400 }, () => {
              effects += 1;
            })
            .then(
              () => 'ok',
              (error) => (error as { failureClass: string }).failureClass,
            );
          const tookMs = world.simulation.now - began;
          log.push(`${outcome}${tookMs >= 400 ? ' timed out' : ''}`);
          if (kind === 'down') await world.clock.sleep(80);
        }
      });
    },
    { faults: planned({ at: address, kind, ms: 1_000 }) },
  );
  expect(problems).toEqual([]);
  return { log, effects };
}

test('over a way that is cut calls time out and nobody knows what became of them, until it is mended', async () => {
  const { log, effects } = await callsOver('partition');
  expect(log).toEqual(['ok', 'unknown timed out', 'unknown timed out', 'unknown timed out', 'ok', 'ok']);
  expect(effects).toBe(3);
});

test('a server that is down refuses, and is back after a while', async () => {
  const { log, effects } = await callsOver('down');
  expect(log).toContain('transient');
  expect(log).not.toContain('unknown');
  expect(effects).toBe(log.filter((outcome) => outcome === 'ok').length);
});

test('no fault but one of the way touches a client', async () => {
  const kinds: string[] = [];
  await run(
    (world) => {
      world.client('user', async () => {
        await world.simulation.io({ label: 'think' }, () => {});
        world.simulation.point({ label: 'note' }, () => {});
        await world.simulation.io({ label: 'ask', server: 'server' }, () => {});
      });
    },
    {
      faults: {
        at: (site) => {
          kinds.push(`${site.label} ${site.kinds.join()}`);
          return null;
        },
      },
    },
  );
  expect(kinds).toEqual(['ask error-before,error-after,partition']);
});

test('the clock of one process jumps: its wall clock only, not its timers and not those of others', async () => {
  const clocks: Record<string, number[]> = {};
  await run(
    (world) => {
      for (const name of ['jumper', 'other']) {
        world.process(name, () => {
          void (async () => {
            const before = [world.clock.now() - EPOCH_MS, world.clock.monotonic()] as const;
            await world.clock.sleep(500);
            const [wall, monotonic] = [world.clock.now() - EPOCH_MS, world.clock.monotonic()];
            clocks[name] = [wall - before[0], monotonic - before[1]].map(Math.round);
          })();
          return { stop: async () => {} };
        });
      }
      world.client('user', () => world.clock.sleep(1_000));
    },
    { faults: planned({ at: 'tick/jumper#2', kind: 'clock-jump', ms: -3_600_000 }) },
  );
  expect(clocks).toEqual({ jumper: [500 - 3_600_000, 500], other: [500, 500] });
});

test('an I/O in the effect of another one is a part of it: it happens at once, and no fault touches it', async () => {
  const log: string[] = [];
  const sites: string[] = [];
  await run(
    (world) => {
      const { simulation } = world;
      world.process('worker', async () => {
        await simulation.io({ label: 'outer' }, async () => {
          log.push('before');
          await simulation.io({ label: 'inner' }, () => void log.push('inner'));
          simulation.point({ label: 'inner point' }, () => void log.push('point'));
          log.push('after');
        });
        simulation.point({ label: 'outer point' }, () =>
          simulation.point({ label: 'innermost' }, () => void log.push('innermost')),
        );
      });
      world.client('user', () => world.clock.sleep(90));
    },
    {
      faults: {
        at: ({ label }) => {
          sites.push(label);
          return null;
        },
      },
    },
  );
  expect(log).toEqual(['before', 'inner', 'point', 'after', 'innermost']);
  expect(sites.filter((label) => label !== 'worker')).toEqual(['outer', 'outer point']);
});

test('I/O of one lane happens in the order in which it was begun', async () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const order: number[] = [];
    await run(
      (world) => {
        const lane = new IoLane();
        world.client('user', async () => {
          await Promise.all(
            Array.from({ length: 10 }, (_, index) =>
              world.simulation.io({ label: 'send', lane }, () => void order.push(index)),
            ),
          );
        });
      },
      { seed, latencyMs: 60 },
    );
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  }
});
