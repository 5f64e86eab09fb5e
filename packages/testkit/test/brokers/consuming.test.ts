import { type BrokerProfile, profiles } from '@holdfast/testkit';
import { TransportUnavailableError } from '@holdfast/transports/memory';
import { expect, test } from 'vitest';
import { type BrokerRun, idsOf, LEASE_MS, messages, QUEUE, runWithBroker } from './in-broker-world.ts';

const LONG_MS = 15_000;

/** When another reader gets what a holder has taken: from when the holder is killed, or stands still. */
async function takenOverAfterMs(profile: BrokerProfile, kind: 'kill' | 'pause'): Promise<number> {
  let heldAt = Number.NaN;
  let takenAt = Number.NaN;
  const holder = async (bus: Parameters<Parameters<typeof runWithBroker>[1][string]>[0], { simulation }: BrokerRun) => {
    if (!Number.isNaN(heldAt)) return;
    await bus.reader(QUEUE).pull(1, { waitMs: 0 });
    heldAt = simulation.now;
    await simulation.sleep(LONG_MS);
  };
  await runWithBroker(
    profile,
    {
      holder,
      other: async (bus, { simulation }) => {
        await simulation.sleep(200);
        while (Number.isNaN(takenAt)) {
          const deliveries = await bus.reader(QUEUE).pull(1, { waitMs: 20_000 });
          if (deliveries.length > 0) takenAt = simulation.now;
          for (const delivery of deliveries) await delivery.ack();
        }
      },
    },
    { waiting: messages('a'), faults: [{ at: 'tick/holder#5', kind, ms: LONG_MS }] },
  );
  return takenAt - heldAt;
}

test('what a killed process holds comes back at once where leases end with the connection, else when they end', async () => {
  expect(await takenOverAfterMs(profiles.rabbitQuorum, 'kill')).toBeLessThan(LEASE_MS / 2);
  expect(await takenOverAfterMs(profiles.sqsStandard, 'kill')).toBeGreaterThan(LEASE_MS * 0.9);
});

test('what a process holds that stands still comes back when its lease ends where the server keeps it, else with the consumer timeout', async () => {
  expect(await takenOverAfterMs(profiles.sqsFifo, 'pause')).toBeLessThan(LEASE_MS * 1.1);
  // It keeps its lease until it wakes.
  expect(await takenOverAfterMs(profiles.rabbitQuorum, 'pause')).toBeGreaterThan(LONG_MS * 0.9);
  const strict = { ...profiles.rabbitQuorum, consumerTimeoutMs: 5_000 };
  const afterMs = await takenOverAfterMs(strict, 'pause');
  expect(afterMs).toBeGreaterThan(4_900);
  expect(afterMs).toBeLessThan(6_000);
});

test('a pull that waits rejects when the broker goes down', async () => {
  const ended: { error?: unknown; at?: number } = {};
  await runWithBroker(
    profiles.rabbitQuorum,
    {
      reader: async (bus, { simulation }) => {
        ended.error = await bus
          .reader(QUEUE)
          .pull(1, { waitMs: 10_000 })
          .catch((error: unknown) => error);
        ended.at = simulation.now;
      },
    },
    { faults: [{ at: 'tick/bus#5', kind: 'down', ms: 500 }] },
  );
  expect(ended.error).toBeInstanceOf(TransportUnavailableError);
  expect(ended.at).toBeLessThan(1_000);
});

test.for([
  { profile: profiles.memory, next: ['m3', 'm4', 'm2', 'm1'] },
  { profile: profiles.rabbitQuorum, next: ['m2', 'm1', 'm3', 'm4'] },
  { profile: profiles.sqsFifo, next: ['m1', 'm2', 'm3', 'm4'] },
  { profile: profiles.sqlQueue, next: ['m1', 'm2', 'm3', 'm4'] },
])('what is handed back to $profile.name comes where its kind puts it', async ({ profile, next }) => {
  const seen: string[] = [];
  await runWithBroker(
    profile,
    {
      reader: async (bus) => {
        const reader = bus.reader(QUEUE);
        const [first, second] = await reader.pull(2, { waitMs: 0 });
        await second!.retry(0);
        await first!.retry(0);
        seen.push(...idsOf(await reader.pull(4, { waitMs: 0 })));
        await bus.close();
      },
    },
    { waiting: messages('a', 'b', 'c', 'd') },
  );
  expect(seen).toEqual(next);
});

test('a crash in a retry with delay leaves a message twice only where that is a copy and an ack, which comes last', async () => {
  const afterCrash = async (profile: BrokerProfile) => {
    const seen: string[] = [];
    let lives = 0;
    const at = profile.delaysByCopy ? 'reader/bus.ack#1' : 'reader/bus.retry#1';
    const { broker } = await runWithBroker(
      profile,
      {
        reader: async (bus, { simulation }) => {
          lives += 1;
          if (lives === 1) await (await bus.reader(QUEUE).pull(1, { waitMs: 0 }))[0]!.retry(3_000);
          await simulation.sleep(6_000);
          if (lives === 2) seen.push(...idsOf(await bus.reader(QUEUE).pull(10, { waitMs: 0 })));
          await bus.close();
        },
      },
      {
        waiting: messages('a', 'b'),
        faults: [{ at, kind: profile.delaysByCopy ? 'crash-before' : 'crash-after' }],
      },
    );
    expect(broker.depth(QUEUE)).toBe(seen.length);
    return seen;
  };
  expect(await afterCrash(profiles.rabbitQuorum)).toEqual(['m1', 'm2', 'm1']);
  expect(await afterCrash(profiles.sqlQueue)).toEqual(['m1', 'm2']);
  expect(await afterCrash(profiles.memory)).toEqual(['m2', 'm1']);
});

test('a message of a group that is delayed holds back the later ones of its key, and no others', async () => {
  const seen: (readonly string[])[] = [];
  await runWithBroker(
    profiles.sqsFifo,
    {
      reader: async (bus, { simulation }) => {
        const reader = bus.reader(QUEUE);
        const [first] = await reader.pull(1, { waitMs: 0 });
        await first!.retry(1_000);
        const others = await reader.pull(10, { waitMs: 0 });
        seen.push(idsOf(others));
        await simulation.sleep(1_100);
        seen.push(idsOf(await reader.pull(10, { waitMs: 0 })));
        await bus.close();
      },
    },
    { waiting: messages('a', 'a', 'b') },
  );
  expect(seen).toEqual([['m3'], ['m1']]);
});

async function readWith(profile: BrokerProfile, kind: 'duplicate' | 'reorder') {
  const seen: string[] = [];
  await runWithBroker(
    profile,
    {
      reader: async (bus, { simulation }) => {
        while (simulation.now < 3_000) {
          for (const delivery of await bus.reader(QUEUE).pull(1, { waitMs: 500 })) {
            seen.push(delivery.envelope.id);
            await delivery.ack();
          }
        }
      },
    },
    { waiting: messages('a', 'a', 'a'), faults: [{ at: 'bus/deliver#1', kind, ms: 1_000 }] },
  );
  return seen;
}

test('only a standard queue of SQS delivers an acked message again, or lets later ones overtake it, and counts no delivery for that', async () => {
  for (const profile of Object.values(profiles)) {
    const isLoose = profile === profiles.sqsStandard;
    const usual = await readWith({ ...profile, duplicates: false, reorders: false }, 'duplicate');
    const twice = await readWith(profile, 'duplicate');
    const late = await readWith(profile, 'reorder');
    expect(usual).toHaveLength(3);
    expect(twice).toEqual(isLoose ? [...usual, usual[0]] : usual);
    expect(late).toEqual(isLoose ? [usual[1], usual[2], usual[0]] : usual);
  }
});

test('a queue with a limit of deliveries gives a message up as a dead letter, one without hands it out for ever', async () => {
  const counts: number[] = [];
  const handBackForEver = async (profile: BrokerProfile) => {
    counts.length = 0;
    const { broker } = await runWithBroker(
      profile,
      {
        reader: async (bus) => {
          for (let turn = 0; turn < 25; turn += 1) {
            const [delivery] = await bus.reader(QUEUE).pull(1, { waitMs: 0 });
            if (delivery === undefined) break;
            counts.push(delivery.deliveryCount);
            await delivery.retry(0);
          }
        },
      },
      { waiting: messages('a') },
    );
    return broker;
  };
  const limited = await handBackForEver({ ...profiles.rabbitQuorum, deliveryLimit: 20 });
  expect(counts).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  expect(limited.depth(QUEUE)).toBe(0);
  expect(limited.deadLetters).toHaveLength(1);
  const endless = await handBackForEver(profiles.rabbitQuorum);
  expect(counts).toHaveLength(25);
  expect(endless.deadLetters).toEqual([]);
});

test('a broker that keeps nothing loses its messages when it goes down, also those that are held; others keep them', async () => {
  const depthAfterRestart = async (profile: BrokerProfile) => {
    const { broker } = await runWithBroker(
      profile,
      {
        reader: async (bus, { simulation }) => {
          await bus.reader(QUEUE).pull(1, { waitMs: 0 });
          await simulation.sleep(1_000);
        },
      },
      { waiting: messages('a', 'b'), faults: [{ at: 'tick/bus#5', kind: 'down', ms: 500 }] },
    );
    return broker.depth(QUEUE);
  };
  expect(await depthAfterRestart({ ...profiles.memory, survivesRestart: false })).toBe(0);
  expect(await depthAfterRestart({ ...profiles.rabbitQuorum, survivesRestart: false })).toBe(0);
  for (const profile of Object.values(profiles)) expect(await depthAfterRestart(profile)).toBe(2);
});

test.for(Object.values(profiles))(
  'a crash in dead-lettering leaves a message of $name in both queues only where that is a copy and an ack',
  async (profile) => {
    const at = profile.atomicDeadLetter ? 'reader/bus.deadLetter#1' : 'reader/bus.ack#1';
    const kind = profile.atomicDeadLetter ? 'crash-after' : 'crash-before';
    let lives = 0;
    const { broker } = await runWithBroker(
      profile,
      {
        reader: async (bus, { simulation }) => {
          lives += 1;
          if (lives === 1) {
            const [delivery] = await bus.reader(QUEUE).pull(1, { waitMs: 0 });
            await delivery!.deadLetter('Refused.');
          }
          await simulation.sleep(3_000);
        },
      },
      { waiting: messages('a'), faults: [{ at, kind }] },
    );
    expect(lives).toBe(2);
    expect(broker.deadLetters).toHaveLength(1);
    expect(broker.depth(QUEUE)).toBe(profile.atomicDeadLetter ? 0 : 1);
  },
);

test('the life of a message shows the pull that delivered it', async () => {
  const { simulation } = await runWithBroker(
    profiles.rabbitQuorum,
    { reader: async (bus) => void (await bus.reader(QUEUE).pull(10, { waitMs: 0 })) },
    { waiting: messages('a', 'b') },
  );
  const pull = simulation.trace.events.find(({ label }) => label === 'bus.pull');
  expect(pull?.messages).toEqual(['m1', 'm2']);
});
