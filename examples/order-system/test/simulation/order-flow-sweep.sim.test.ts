import { sweep } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { orderFlow } from '../../simulation/order-flow.ts';

test('no single fault, wherever it strikes, loses an order or pays it twice', { timeout: 900_000 }, async () => {
  const { failures, missed, isComplete, runs } = await sweep(orderFlow());
  expect(failures).toEqual([]);
  expect({ missed, isComplete }).toEqual({ missed: 0, isComplete: true });
  expect(runs).toBeGreaterThan(500);
});
