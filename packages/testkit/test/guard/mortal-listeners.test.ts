import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { runWorld } from '../../src/campaign/run-world.ts';
import { PlanFaults } from '../../src/faults/plan-faults.ts';

// Module level, as libraries have them: it outlives every process.
const outer = new AbortController();
const never = outer.signal;

test('what a killed process listened to forgets it, so that no run is kept for ever', async () => {
  const told: string[] = [];
  const composites: AbortSignal[] = [];
  const { problems } = await runWorld(
    {
      world: (world) => {
        world.process('service', async ({ life }) => {
          const own = new AbortController();
          const either = AbortSignal.any([never, own.signal]);
          composites.push(either);
          never.addEventListener('abort', () => told.push(`never, in life ${life}`));
          either.addEventListener('abort', () => told.push(`either, in life ${life}`), { once: true });
          await world.simulation.io({ label: 'step' }, () => {}).catch(() => {});
          own.abort();
          return { stop: async () => {} };
        });
        world.client('client', () => world.clock.sleep(10_000));
      },
    },
    { seed: 1, faults: new PlanFaults([{ at: 'service/step#1', kind: 'crash-before' }]) },
  );
  expect(problems).toEqual([]);
  expect(told).toEqual(['either, in life 2']);
  for (const signal of [never, ...composites]) expect(getEventListeners(signal, 'abort')).toEqual([]);
  outer.abort();
  expect(told).toHaveLength(1);
});

test('a process that lives hears, and hears no more of what it has taken back', async () => {
  const told: string[] = [];
  await runWorld(
    {
      world: (world) => {
        world.process('service', async () => {
          const controller = new AbortController();
          const first = () => told.push('first');
          const second = () => told.push('second');
          controller.signal.addEventListener('abort', first);
          controller.signal.addEventListener('abort', second);
          controller.signal.removeEventListener('abort', first);
          await world.clock.sleep(5);
          controller.abort();
        });
        world.client('client', () => world.clock.sleep(100));
      },
    },
    { seed: 1 },
  );
  expect(told).toEqual(['second']);
});
