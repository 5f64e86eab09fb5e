import { simulate } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { orderChecks } from '../../simulation/order-checks.ts';
import { orderWorld } from '../../simulation/order-world.ts';

test('whatever goes wrong, every order is paid once, reserved once and counted once', async () => {
  const report = await simulate({
    name: 'order-flow',
    world: (world) => orderWorld(world),
    check: orderChecks,
    seeds: 50,
    repeat: 0,
  });
  console.log(report.toText());
  expect(report.figures.seeds).toBe(50);
});
