import { simulate } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { orderFlow } from '../../simulation/order-flow.ts';
import { RARE_SITUATIONS, SITUATIONS } from '../../simulation/situations.ts';

// A slow machine only takes longer.
const TIMEOUT_MS = 900_000;
const SEEDS = 180;

test('whatever goes wrong, every order is over in one way, and money and stock are conserved', {
  timeout: TIMEOUT_MS,
}, async () => {
  const sometimes = SITUATIONS.filter((situation) => !RARE_SITUATIONS.includes(situation));
  const { figures } = await simulate({ ...orderFlow(), sometimes, seeds: SEEDS, repeat: 0.05 });
  expect(figures.seeds).toBe(SEEDS);
  expect(figures.repeated).toBeGreaterThan(1);
});

test.each(['memory', 'sqsStandard', 'sqsFifo', 'sqlQueue'] as const)(
  'so it is on a broker as %s',
  { timeout: TIMEOUT_MS },
  async (profile) => {
    const { figures } = await simulate({ ...orderFlow(profile), sometimes: [], seeds: 8, repeat: 0.2 });
    expect(figures.seeds).toBe(8);
  },
);
