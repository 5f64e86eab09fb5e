import assert from 'node:assert/strict';
import test from 'node:test';
import { faults, simulate } from '@holdfast/testkit';
import { plantedWorld } from './planted-world.ts';

test('a correct world passes', async () => {
  const report = await simulate({ ...plantedWorld(null), seeds: 20, faults: faults.swarm() });
  assert.equal(report.figures.seeds, 20);
});

test('a wrong world fails', async () => {
  await simulate({ ...plantedWorld('mark before publish'), seeds: 50 });
});
