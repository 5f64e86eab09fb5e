import { expect, test } from 'vitest';
import type { FaultKind } from '../../src/faults/fault.ts';
import { type FaultSource, siteAddress } from '../../src/faults/fault-source.ts';
import { chanceOf, hashText } from '../../src/kernel/mix.ts';
import { run } from './planned.ts';

/** One in fifty, by the address. */
function someFaults(seed: number): FaultSource {
  return {
    at: (site) => {
      const at = siteAddress(site);
      const chance = chanceOf(seed, hashText(at)) * 50;
      if (chance > 1) return null;
      return { at, kind: site.kinds[Math.floor(chance * site.kinds.length)] as FaultKind, ms: 700 };
    },
  };
}

async function course(seed: number): Promise<string> {
  const stored: string[] = [];
  const { simulation, problems } = await run(
    (world) => {
      const [store] = world.process(
        'store',
        () => {
          const polling = new AbortController();
          void (async () => {
            while (!polling.signal.aborted) await world.clock.sleep(20 + world.random.next() * 50, polling.signal);
          })();
          const put = (value: string) => world.simulation.io({ label: 'disk.write' }, () => void stored.push(value));
          return { api: { put }, stop: async () => polling.abort() };
        },
        { replicas: 1 },
      );
      world.server('queue');
      world.client(
        'client',
        async ({ number }) => {
          for (let count = 0; count < 5; ) {
            try {
              await store!.call('put', ({ put }) => put(world.ids.next()));
              await world.simulation.io({ label: 'queue.send', server: 'queue', answers: true }, () => {});
              count += 1;
            } catch {
              await world.clock.sleep(10 * number);
            }
          }
        },
        { count: 3 },
      );
    },
    { seed, faults: someFaults(seed) },
  );
  expect(problems).toEqual([]);
  return `${simulation.trace.hash} ${simulation.steps} ${stored.join()}`;
}

test('1,000 of 1,000 seeds take the same course when they run again, and no two the same', async () => {
  const courses = new Set<string>();
  for (let seed = 1; seed <= 1_000; seed += 1) {
    const first = await course(seed);
    expect(await course(seed)).toBe(first);
    courses.add(first);
  }
  expect(courses.size).toBe(1_000);
});

test('a fault that does not happen changes the latency of nothing that it would not have touched', async () => {
  const answersAt = async (faults: FaultSource) => {
    const at: number[] = [];
    await run(
      (world) => {
        world.process('touched', () => {
          void world.simulation.io({ label: 'a' }, () => {}).catch(() => {});
          return { stop: async () => {} };
        });
        world.client('other', async () => {
          for (let count = 0; count < 20; count += 1) {
            await world.simulation.io({ label: 'b' }, () => {});
            await world.clock.sleep(100);
            at.push(world.simulation.now);
          }
        });
      },
      { faults },
    );
    return at;
  };
  const kill: FaultSource = {
    at: (site) => (siteAddress(site) === 'touched/a#1' ? { at: 'touched/a#1', kind: 'crash-after' } : null),
  };
  expect(await answersAt(kill)).toEqual(await answersAt({ at: () => null }));
});

/** Two clients add 1, one after the other unless the first is slow. Returns in how many seeds an update was lost. */
async function lostUpdates(options: { latencyMs?: number }): Promise<number> {
  let lost = 0;
  for (let seed = 1; seed <= 300; seed += 1) {
    let counter = 0;
    await run(
      (world) => {
        world.client(
          'client',
          async ({ number }) => {
            await world.clock.sleep(10 * number);
            const value = await world.simulation.io({ label: 'read' }, () => counter);
            await world.simulation.io({ label: 'write' }, () => {
              counter = value + 1;
            });
          },
          { count: 2 },
        );
      },
      { seed, latencyMs: undefined, ...options } as object,
    );
    if (counter !== 2) lost += 1;
  }
  return lost;
}

test('a planted race is found because I/O takes time, and is not when it takes none', async () => {
  expect(await lostUpdates({ latencyMs: 0 })).toBe(0);
  expect(await lostUpdates({})).toBeGreaterThan(30);
});
