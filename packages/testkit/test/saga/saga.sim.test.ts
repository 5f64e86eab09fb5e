import { profiles, simulate } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { leanSagaWorld } from './lean-saga-world.ts';
import { sagaChecks } from './saga-checks.ts';
import { sagaWorld } from './saga-world.ts';

/** On a slow machine. */
const LIMIT_MS = 600_000;

test(
  'S1 to S8: sagas whose processes are killed, whose messages come twice and in any order, end as their effects say',
  async () => {
    const { figures } = await simulate({
      name: 'saga',
      world: (world) => leanSagaWorld(world),
      check: sagaChecks,
      seeds: 120,
      repeat: 0.05,
      sometimes: [
        'delivering to completed',
        'paying to cancelled',
        'reserving to refunding',
        'delivering to releasing',
        'cancelled to refunding',
        'refunding to compensation_failed',
        'a person looks at compensation_failed',
        'a person looks at payment_uncertain',
        'ignored',
        'timer-fired',
      ],
    });
    expect(figures.seeds).toBe(120);
  },
  LIMIT_MS,
);

test(
  'S1 to S8: the same with outboxes, relays and inboxes on both sides of a broker',
  async () => {
    for (const profile of [profiles.rabbitQuorum, profiles.sqsStandard]) {
      const { figures } = await simulate({
        name: `saga over ${profile.name}`,
        world: (world) => sagaWorld(world, { profile }),
        check: sagaChecks,
        seeds: 15,
        repeat: 0.1,
      });
      expect(figures.seeds).toBe(15);
    }
  },
  LIMIT_MS,
);
