import { describe, expect, test, vi } from 'vitest';
import { simulate } from '../../src/campaign/simulate.ts';
import { SimulationFailedError } from '../../src/campaign/simulation-failed-error.ts';
import { sweep } from '../../src/campaign/sweep.ts';
import { plantedBugs, plantedWorld } from './planted-world.ts';

vi.setConfig({ testTimeout: 60_000 });

describe.each(plantedBugs)('planted bug: %s', (bug) => {
  test('a swarm finds it within few seeds, and it takes one or two faults', async () => {
    const campaign = simulate({ ...plantedWorld(bug), seeds: 200, repeat: 0 });
    const error = await campaign.then(
      () => null,
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof SimulationFailedError)) throw error ?? new Error('the bug was not found');
    expect(error.reason).toBe('violation');
    expect(error.plan?.faults.length).toBeLessThanOrEqual(2);
    expect(error.plan?.faults.length).toBeGreaterThan(0);
  });

  test('a sweep of single faults finds it', async () => {
    const { failures, ...report } = await sweep(plantedWorld(bug));
    expect(report).toMatchObject({ isComplete: true, missed: 0 });
    expect(failures.length).toBeGreaterThan(0);
    for (const { faults } of failures) expect(faults).toHaveLength(1);
  });
});

test('the correct variant survives every single fault, and pairs of faults', async () => {
  const { failures, pairs } = await sweep(plantedWorld(null, 2), { pairs: 200 });
  expect(failures).toEqual([]);
  expect(pairs).toBeGreaterThan(150);
});
