import { type Check, faults, simulate } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import type { World } from '../../src/kernel/world.ts';
import { outboxChecks } from './outbox-checks.ts';
import { type OutboxFacts, outboxWorld } from './outbox-world.ts';

interface ClockFacts extends OutboxFacts {
  /** How often a relay took or lost the lane, until everything was done. */
  changes: number;
}

async function worldWithDelays(world: World): Promise<ClockFacts> {
  const outbox = await outboxWorld(world, {
    paceMs: 500,
    message: (number) => ({ type: 'order.changed', delayMs: number % 2 === 0 ? 3_000 : 0 }),
  });
  const facts: ClockFacts = { ...outbox, changes: 0 };
  world.quietWhen(() => {
    facts.changes = facts.events.filter(({ type }) => type === 'lane-claimed' || type === 'lane-lost').length;
    return true;
  });
  return facts;
}

const noEarlyNoDoubleWork: readonly Check<ClockFacts>[] = [
  {
    name: 'the lane stays with the relay that took it',
    check: ({ changes }) => (changes === 1 ? [] : [`It was taken or lost ${changes} times.`]),
  },
  {
    name: 'nothing is published twice',
    check: ({ published: { times } }) => {
      const ids = times.map(({ id }) => id);
      return [...new Set(ids.filter((id, index) => ids.indexOf(id) < index))].map((id) => `"${id}" was.`);
    },
  },
  {
    name: 'a delayed message is published when it is due by the clock of the database, and soon after',
    check: ({ committed, published: { times } }) =>
      committed.flatMap(({ id, dueAt }) => {
        const lateMs = (times.find((one) => one.id === id)?.at ?? 0) - dueAt;
        if (lateMs < 0) return [`"${id}" was published ${-lateMs} ms too early.`];
        return lateMs < 5_000 ? [] : [`"${id}" was published ${lateMs} ms too late.`];
      }),
  },
];

test('F13.4: clocks of processes that jump by minutes and hours take no lane from its relay, send nothing twice and nothing before it is due', async () => {
  const { figures } = await simulate({
    name: 'clocks',
    world: worldWithDelays,
    // Delayed messages are later ones of their keys.
    check: [...outboxChecks.filter(({ name }) => !name.includes('order')), ...noEarlyNoDoubleWork],
    faults: faults.only('clock-jump'),
    seeds: 60,
    repeat: 0.1,
  });
  expect(figures.faults['clock-jump']).toBeGreaterThan(60);
});
