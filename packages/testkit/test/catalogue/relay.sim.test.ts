import { simulate, sweep } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { outboxChecks } from './outbox-checks.ts';
import { outboxWorld } from './outbox-world.ts';

test('F4.4, F4.5, F4.7: whatever crashes, pauses or is lost, what is committed is delivered, in commit order per key', async () => {
  const report = await simulate({
    name: 'relay',
    world: (world) => outboxWorld(world),
    check: outboxChecks,
    seeds: 200,
    repeat: 0.1,
    sometimes: [
      'published, not recorded, published again',
      'published, the confirm lost, published again',
      'an old holder was refused',
    ],
  });
  expect(report.figures.seeds).toBe(200);
});

test('F4.4, F4.5, F4.7: no single fault at any I/O of the relay, the writers or the reader loses a message or its order', async () => {
  const { failures, missed } = await sweep({
    world: (world) => outboxWorld(world, { writers: 1, messagesEach: 3 }),
    check: outboxChecks,
  });
  expect(failures).toEqual([]);
  expect(missed).toBe(0);
});
