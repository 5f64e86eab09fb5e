import { type BrokerProfile, type Check, profiles, simulate } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import {
  appliedInOrder,
  type BrokerFacts,
  brokerStream,
  everythingApplied,
  firstDeliveredInOrder,
} from './stream-world.ts';

const SEEDS = 150;

interface Promised {
  readonly profile: BrokerProfile;
  readonly readers: number;
  readonly order: readonly Check<BrokerFacts>[];
  readonly sometimes: readonly string[];
}

async function campaign({ profile, readers, order, sometimes }: Promised): Promise<void> {
  const report = await simulate<BrokerFacts>({
    name: `a stream through ${profile.name}`,
    world: (world) => brokerStream(world, profile, { readers }),
    check: [everythingApplied, ...order],
    seeds: SEEDS,
    sometimes,
  });
  expect(report.figures.seeds).toBe(SEEDS);
}

test.for([profiles.memory, profiles.rabbitQuorum])(
  'whatever goes wrong, $name delivers a key to one reader first in the order of publishing, and loses nothing',
  async (profile) => {
    await campaign({ profile, readers: 1, order: [firstDeliveredInOrder], sometimes: ['came again', 'one refused'] });
  },
);

test.for([profiles.sqsFifo, profiles.sqlQueue])(
  'whatever goes wrong and comes back, $name keeps the order of a key for all readers, and loses nothing',
  async (profile) => {
    await campaign({ profile, readers: 2, order: [appliedInOrder], sometimes: ['came again', 'one refused'] });
  },
);

test('whatever goes wrong, a standard queue of SQS loses nothing', async () => {
  const sometimes = ['came again', 'one refused', 'throttled'];
  await campaign({ profile: profiles.sqsStandard, readers: 2, order: [], sometimes });
});
