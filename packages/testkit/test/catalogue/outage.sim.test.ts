import { type Check, simulate } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import type { World } from '../../src/kernel/world.ts';
import { outboxChecks } from './outbox-checks.ts';
import { type OutboxFacts, outboxWorld } from './outbox-world.ts';
import { ThrottledPublisher } from './throttled-publisher.ts';

const nothingSetAside: Check<OutboxFacts> = {
  name: 'nothing is parked and nothing is dead',
  check: ({ events, broker }) => {
    const parked = events.filter(({ type }) => type === 'message-parked' || type === 'lane-blocked');
    return [...parked.map(({ type }) => type), ...broker.deadLetters.map(({ id }) => `"${id}" is a dead letter.`)];
  },
};

const OUTAGE_MS = 1_800_000;

/** Messages are sent before it, in it, and its last ones after it. */
async function worldWithAnOutage(world: World): Promise<OutboxFacts> {
  const facts = await outboxWorld(world, {
    paceMs: 500_000,
    relay: { leaseMs: 60_000, pollMaxMs: 10_000, probeMaxMs: 30_000 },
    readerPauseMs: 5_000,
  });
  const bus = world.disturbables.find(({ name }) => name === 'bus');
  world.client('outage', async () => {
    await world.clock.sleep(100_000);
    bus?.disturb('down', OUTAGE_MS);
    const before = facts.committed.length;
    await world.clock.sleep(OUTAGE_MS - 1);
    if (facts.committed.length > before) world.see('messages were sent while the broker was down');
    if (facts.committed.length > facts.delivered.length + 3) world.see('there was a backlog');
  });
  return facts;
}

test('F4.1: 30 minutes without a broker park nothing and lose nothing, whatever else goes wrong; the backlog drains by itself, in order', async () => {
  const { figures } = await simulate({
    name: 'outage',
    world: worldWithAnOutage,
    check: [...outboxChecks, nothingSetAside],
    safetyMs: 3_600_000,
    seeds: 6,
    repeat: 0,
    sometimes: ['messages were sent while the broker was down', 'there was a backlog'],
  });
  expect(figures.disturbed).toBeGreaterThan(0);
});

test('F4.2: a broker that throttles is asked again when it said, no sooner; nothing is parked or lost', async () => {
  const { figures } = await simulate({
    name: 'throttled',
    world: (world) =>
      outboxWorld(world, {
        paceMs: 500,
        publisher: (inner) => new ThrottledPublisher(inner, world),
      }),
    check: [...outboxChecks, nothingSetAside],
    seeds: 60,
    repeat: 0.1,
    sometimes: ['throttled'],
  });
  expect(figures.disturbed).toBeGreaterThan(0);
});
