import { simulate } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { outboxChecks } from './outbox-checks.ts';
import { outboxWorld } from './outbox-world.ts';

test('F4.4, F4.5, F4.7: whatever crashes, pauses or is lost, what is committed is delivered, in commit order per key', async () => {
  const report = await simulate({
    name: 'relay',
    world: (world) => outboxWorld(world),
    check: outboxChecks,
    seeds: 300,
  });
  expect(report.figures.seeds).toBe(300);
});
