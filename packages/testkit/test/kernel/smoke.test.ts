import { expect, test } from 'vitest';
import { Scenario } from '../../src/kernel/scenario.ts';
import { Simulation } from '../../src/kernel/simulation.ts';
import { World } from '../../src/kernel/world.ts';

async function run(seed: number) {
  const simulation = new Simulation({
    seed,
    record: true,
    faults: {
      at: ({ place, label, occurrence, kinds }) => {
        if (label === 'db.write' && occurrence % 3 === 0)
          return { at: `${place}/${label}#${occurrence}`, kind: 'crash-after' };
        if (kinds.includes('kill') && occurrence === 7) return { at: `${place}/${label}#${occurrence}`, kind: 'kill' };
        return null;
      },
    },
  });
  const world = new World(simulation);
  let stored = 0;
  const [server] = world.process('server', ({ life }) => {
    const controller = new AbortController();
    void (async () => {
      while (!controller.signal.aborted) await world.clock.sleep(100, controller.signal);
    })();
    return {
      api: {
        put: async () => {
          await simulation.io({ label: 'db.write' }, () => {
            stored += 1;
          });
          return life;
        },
      },
      stop: async () => controller.abort(),
    };
  });
  world.client('client', async () => {
    for (let count = 0; count < 20; ) {
      try {
        await server!.call('put', (api) => api.put());
        count += 1;
      } catch {
        await world.clock.sleep(50);
      }
    }
  });
  world.quietWhen(() => true);
  await new Scenario(world).run();
  const { problems } = simulation;
  world.close();
  return {
    hash: simulation.trace.hash,
    stored,
    problems,
    lives: server!.lives,
    steps: simulation.steps,
    happened: simulation.happened.length,
  };
}

test('a run depends on its seed and nothing else', async () => {
  const first = await run(7);
  console.log(first);
  expect(await run(7)).toEqual(first);
  expect((await run(8)).hash).not.toBe(first.hash);
  expect(first.problems).toEqual([]);
  expect(first.lives).toBeGreaterThan(2);
});
