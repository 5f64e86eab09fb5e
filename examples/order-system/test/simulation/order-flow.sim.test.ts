import { simulate } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { orderFlow } from '../../simulation/order-flow.ts';

// A slow machine only takes longer.
const TIMEOUT_MS = 900_000;

test('whatever goes wrong, every order is paid once, reserved once and counted once', {
  timeout: TIMEOUT_MS,
}, async () => {
  const { figures } = await simulate({ ...orderFlow(), seeds: 2_000, repeat: 0.05 });
  expect(figures.seeds).toBe(2_000);
  expect(figures.repeated).toBeGreaterThan(50);
});

test.each(['memory', 'sqsStandard', 'sqsFifo', 'sqlQueue'] as const)(
  'so it is on a broker as %s',
  { timeout: TIMEOUT_MS },
  async (profile) => {
    const { figures } = await simulate({ ...orderFlow(profile), sometimes: [], seeds: 50, repeat: 0.1 });
    expect(figures.seeds).toBe(50);
  },
);
