import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { Simulation } from '../../src/kernel/simulation.ts';
import { run } from './planned.ts';

const never = () => false;

test('what is due when a run is interrupted happens when it goes on', async () => {
  const simulation = new Simulation({ seed: 1 });
  const happened: number[] = [];
  for (const ms of [10, 20, 20, 30]) simulation.after(ms, () => happened.push(ms));
  expect(await simulation.runUntil(never, 20)).toBe('over');
  expect(happened).toEqual([10, 20, 20]);
  expect(simulation.now).toBe(20);
  expect(await simulation.runUntil(never, 25)).toBe('over');
  expect(await simulation.runUntil(never, 100)).toBe('idle');
  expect(happened).toEqual([10, 20, 20, 30]);
});

test('events happen by time, and those of one moment in the order in which they were asked for', async () => {
  const simulation = new Simulation({ seed: 1 });
  const happened: string[] = [];
  for (let index = 0; index < 100; index += 1) {
    const ms = (index * 37) % 10;
    simulation.after(ms + 1, () => happened.push(`${ms}-${String(index).padStart(2, '0')}`));
  }
  await simulation.runUntil(never, 100);
  expect(happened).toEqual([...happened].sort());
  expect(happened).toHaveLength(100);
});

test('a timer that was cancelled does not happen, and does not hold a run up', async () => {
  const simulation = new Simulation({ seed: 1 });
  let happened = false;
  const event = simulation.after(10, () => {
    happened = true;
  });
  event.cancelled = true;
  expect(await simulation.runUntil(never, 100)).toBe('idle');
  expect(happened).toBe(false);
  expect(simulation.now).toBe(0);
});

test('a sleep leaves no listener, whether it is over or aborted', async () => {
  const controllers = [new AbortController(), new AbortController()] as const;
  const { problems } = await run((world) => {
    world.client('sleeper', async () => {
      await world.clock.sleep(10, controllers[0].signal);
      world.simulation.after(5, () => controllers[1].abort());
      const before = world.clock.now();
      await world.clock.sleep(1_000_000, controllers[1].signal);
      expect(world.clock.now() - before).toBe(5);
      await world.clock.sleep(1_000_000, controllers[1].signal);
    });
  });
  expect(problems).toEqual([]);
  for (const { signal } of controllers) expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('all promises that can go on have gone on before the next event, however long the chain', async () => {
  const simulation = new Simulation({ seed: 1 });
  let length = 0;
  simulation.after(1, async () => {
    for (; length < 10_000; length += 1) await null;
  });
  let seen = 0;
  simulation.after(1.1, () => {
    seen = length;
  });
  await simulation.runUntil(never, 10);
  expect(seen).toBe(10_000);
});

test('a run that goes round in circles ends with the name of the circle', async () => {
  const circle = run(
    (world) => {
      world.client('poller', async () => {
        for (;;) await world.simulation.io({ label: 'queue.poll' }, () => []);
      });
    },
    { maxSteps: 2_000 },
  );
  await expect(circle).rejects.toThrow(
    'The simulation made 2,000 steps and is not done; most often it did "poller/queue.poll"',
  );
});

test('a rule that always holds is looked at after each event, and told of once', async () => {
  let stock = 1;
  const { problems } = await run((world) => {
    world.always('stock is never negative', () => (stock < 0 ? `It is ${stock}.` : null));
    world.client('buyer', async () => {
      for (const change of [-1, -1, -1, 5]) {
        await world.simulation.io({ label: 'take' }, () => {
          stock += change;
        });
      }
    });
  });
  expect(problems).toEqual(['stock is never negative: It is -1.']);
  expect(stock).toBe(3);
});
