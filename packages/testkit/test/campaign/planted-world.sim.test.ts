import { expect, test } from 'vitest';
import { simulate } from '../../src/campaign/simulate.ts';
import { plantedWorld } from './planted-world.ts';

test('a correct outbox survives 2,000 seeds, each run twice with equal traces', async () => {
  const report = await simulate({
    ...plantedWorld(null),
    name: 'correct outbox',
    seeds: 2_000,
    sometimes: ['an answer was lost', 'an order was accepted'],
  });
  expect(report.figures).toMatchObject({ seeds: 2_000, repeated: 2_000, distinctTraces: 2_000 });
});
