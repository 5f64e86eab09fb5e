import { sweep } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { orderFlow } from '../../simulation/order-flow.ts';

/** Its only order is refused by stock, and undone. */
const SEED = 6;

test('no process that dies right after anything it does loses an order or pays it twice', {
  timeout: 900_000,
}, async () => {
  const report = await sweep(orderFlow('rabbitQuorum', 1), { seed: SEED, kinds: ['crash-after'] });
  const { failures, missed, isComplete, runs, seen } = report;
  expect(failures).toEqual([]);
  expect({ missed, isComplete }).toEqual({ missed: 0, isComplete: true });
  expect(runs).toBeGreaterThan(200);
  expect(seen).toMatchObject({ 'an order has ended: stock failed, refunded': expect.any(Number) });
});
