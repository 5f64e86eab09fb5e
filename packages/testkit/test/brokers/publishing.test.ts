import type { Receipt } from '@holdfast/core';
import { profiles } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { messages, QUEUE, runWithBroker } from './in-broker-world.ts';

const seeds = Array.from({ length: 40 }, (_, index) => index + 1);

function outcomes(receipts: readonly Receipt[]): readonly string[] {
  return receipts.map(({ outcome }) => outcome);
}

test('behind a batch that does not arrive, nothing arrives that was handed in before its receipt', async () => {
  const [m1, m2] = messages('a', 'a');
  for (const seed of seeds) {
    const seen: string[] = [];
    const { broker } = await runWithBroker(
      profiles.rabbitQuorum,
      {
        sender: async (bus) => {
          const both = await Promise.all([bus.publish([m1!]), bus.publish([m2!])]);
          seen.push(...both.flatMap(outcomes));
        },
      },
      { seed, faults: [{ at: 'sender/bus.publish#1', kind: 'error-before' }] },
    );
    expect(seen).toHaveLength(2);
    expect(seen).not.toContain('accepted');
    expect(broker.depth(QUEUE)).toBe(0);
  }
});

test('when the connection is lost, nothing new is taken before the receipts of what was under way on it are given', async () => {
  const [m1, m2] = messages('a', 'a');
  let met = 0;
  for (const seed of seeds) {
    const given: { id: string; outcome: string }[] = [];
    await runWithBroker(
      profiles.rabbitQuorum,
      {
        sender: async (bus) => {
          const note = (id: string) => (receipts: readonly Receipt[]) =>
            void given.push({ id, outcome: receipts[0]!.outcome });
          const first = bus.publish([m1!]).then(note('m1'));
          await bus.declare({ queue: QUEUE, types: ['*'], leaseMs: 2_000 }).catch(() => {});
          const isUnderWay = given.length === 0;
          await Promise.all([first, bus.publish([m2!]).then(note('m2'))]);
          if (!isUnderWay || given.some(({ id, outcome }) => id === 'm1' && outcome === 'accepted')) return;
          met += 1;
          expect(given).toContainEqual({ id: 'm2', outcome: 'unavailable' });
        },
      },
      { seed, faults: [{ at: 'sender/bus.declare#1', kind: 'error-before' }] },
    );
  }
  expect(met).toBeGreaterThan(5);
});

test('a publish that is given up is unknown, and does not arrive behind what is published after it', async () => {
  const [m1, m2] = messages('a', 'a');
  for (const seed of seeds) {
    const seen: string[] = [];
    const { broker } = await runWithBroker(
      profiles.rabbitQuorum,
      {
        sender: async (bus, { world }) => {
          const giveUp = new AbortController();
          const first = bus.publish([m1!], { signal: giveUp.signal });
          await world.clock.sleep(1);
          giveUp.abort();
          seen.push(...outcomes(await first), ...outcomes(await bus.publish([m2!])));
          await world.clock.sleep(100);
          await bus.reader(QUEUE).pull(10, { waitMs: 0 });
        },
      },
      { seed },
    );
    if (seen[0] === 'accepted') continue;
    expect(seen).toEqual(['unknown', 'accepted']);
    const delivered = broker.deliveries.map(({ id }) => id).join(' ');
    expect(['m2', 'm1 m2']).toContain(delivered);
  }
});

test('nothing of its key is taken that was handed in before a publish was given up', async () => {
  const [m1, m2] = messages('a', 'a');
  let met = 0;
  for (const seed of seeds) {
    const seen: string[] = [];
    await runWithBroker(
      profiles.rabbitQuorum,
      {
        sender: async (bus, { world }) => {
          const giveUp = new AbortController();
          const both = [bus.publish([m1!], { signal: giveUp.signal }), bus.publish([m2!])];
          await world.clock.sleep(1);
          giveUp.abort();
          seen.push(...(await Promise.all(both)).flatMap(outcomes));
        },
      },
      { seed },
    );
    if (seen[0] === 'accepted') continue;
    met += 1;
    expect(seen[0]).toBe('unknown');
    expect(seen[1]).not.toBe('accepted');
  }
  expect(met).toBeGreaterThan(20);
});

test.for([profiles.rabbitQuorum, profiles.sqsStandard])(
  '$name refuses one message of a batch, and what follows of its key until the sender knows',
  async (profile) => {
    const batch = messages('a', 'a', 'b', 'a', 'b');
    const seen: (readonly string[])[] = [];
    let retryAfterMs: number | undefined;
    await runWithBroker(
      profile,
      {
        sender: async (bus) => {
          const [first, second] = await Promise.all([bus.publish(batch.slice(0, 3)), bus.publish(batch.slice(3))]);
          const [refused] = first!;
          if (refused?.outcome === 'unavailable') retryAfterMs = refused.retryAfterMs;
          seen.push(outcomes(first!), outcomes(second!));
          seen.push(outcomes(await bus.publish([batch[0]!, batch[1]!, batch[3]!])));
        },
      },
      { faults: [{ at: 'bus/publish#1', kind: 'error-before' }] },
    );
    expect(seen).toEqual([
      ['unavailable', 'unavailable', 'accepted'],
      ['unavailable', 'accepted'],
      ['accepted', 'accepted', 'accepted'],
    ]);
    expect(retryAfterMs).toBe(profile === profiles.sqsStandard ? 200 : undefined);
  },
);

test('receipts of two batches come in any order where the kind of broker does so, else in order', async () => {
  const first = { memory: new Set<string>(), rabbitQuorum: new Set<string>() };
  for (const name of ['memory', 'rabbitQuorum'] as const) {
    for (const seed of seeds) {
      const order: string[] = [];
      await runWithBroker(
        profiles[name],
        {
          sender: async (bus) => {
            const publish = async (id: string, key: string) => {
              await bus.publish([{ ...messages(key)[0]!, id }]);
              order.push(id);
            };
            await Promise.all([publish('m1', 'a'), publish('m2', 'b')]);
          },
        },
        { seed },
      );
      first[name].add(order.join(' '));
    }
  }
  expect([...first.memory]).toEqual(['m1 m2']);
  expect([...first.rabbitQuorum].sort()).toEqual(['m1 m2', 'm2 m1']);
});
