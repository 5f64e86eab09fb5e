import { ManualClock, SeededRandom } from '@holdfast/core/testing';
import { MemoryBroker } from '@holdfast/transports/memory';
import { FaultyReader, type ReadFault, type ReadFaultPlan } from '@holdfast/transports/testing';
import { describe, expect, test } from 'vitest';
import { envelopes } from '../envelopes.ts';

async function faulty(count: number, faults: readonly ReadFault[], plan: Partial<ReadFaultPlan> = {}) {
  const clock = new ManualClock();
  const broker = new MemoryBroker({ clock });
  await broker.declare({ queue: 'payment', types: ['*'], leaseMs: 1_000 });
  await broker.publish(envelopes(count));
  return { clock, broker, reader: new FaultyReader(broker.reader('payment'), { faults, clock, ...plan }) };
}

const ids = (deliveries: readonly { readonly envelope: { readonly id: string } }[]) =>
  deliveries.map((delivery) => delivery.envelope.id);

describe('duplicate', () => {
  test('both copies come in one pull when there is room', async () => {
    const { reader } = await faulty(2, [{ fault: 'duplicate', at: 0 }]);
    expect(ids(await reader.pull(3, { waitMs: 0 }))).toEqual(['m0', 'm1', 'm0']);
    expect(reader.hits('duplicate')).toBe(1);
  });

  test('the second copy comes in the next pull when there is no room, or when told', async () => {
    const full = await faulty(1, [{ fault: 'duplicate' }]);
    expect(ids(await full.reader.pull(1, { waitMs: 0 }))).toEqual(['m0']);
    expect(ids(await full.reader.pull(1, { waitMs: 0 }))).toEqual(['m0']);
    const later = await faulty(1, [{ fault: 'duplicate', later: true }]);
    const [first] = await later.reader.pull(10, { waitMs: 0 });
    await first!.ack();
    expect(ids(await later.reader.pull(10, { waitMs: 0 }))).toEqual(['m0']);
  });

  test('the message is done when both copies are', async () => {
    const { clock, broker, reader } = await faulty(1, [{ fault: 'duplicate' }]);
    const [one, other] = await reader.pull(2, { waitMs: 0 });
    await one!.ack();
    await expect(one!.ack()).rejects.toMatchObject({ code: 'ERR_CORE_LEASE_LOST' });
    await expect(one!.extend(1)).rejects.toMatchObject({ code: 'ERR_CORE_LEASE_LOST' });
    await other!.extend(5_000);
    await clock.advance(2_000);
    await other!.ack();
    await clock.advance(10_000);
    expect(await broker.stats('payment')).toMatchObject({ ready: 0, leased: 0, delayed: 0, dead: 0 });
  });

  test('a copy that nobody settles is delivered again, and a late settlement is refused', async () => {
    const { clock, broker, reader } = await faulty(1, [{ fault: 'duplicate', at: 0 }]);
    const [one, other] = await reader.pull(2, { waitMs: 0 });
    await one!.ack();
    await clock.advance(1_000);
    await expect(other!.ack()).rejects.toMatchObject({ code: 'ERR_CORE_LEASE_LOST' });
    expect(ids(await broker.reader('payment').pull(1, { waitMs: 0 }))).toEqual(['m0']);
  });

  test('a retry of either copy brings the message back not before its delay, a dead letter of either makes it dead', async () => {
    const retried = await faulty(1, [{ fault: 'duplicate', at: 0 }]);
    const [one, other] = await retried.reader.pull(2, { waitMs: 0 });
    await one!.retry(500);
    await retried.clock.advance(200);
    await other!.ack();
    await retried.clock.advance(299);
    expect(await retried.reader.pull(1, { waitMs: 0 })).toEqual([]);
    await retried.clock.advance(1);
    expect(ids(await retried.reader.pull(1, { waitMs: 0 }))).toEqual(['m0']);
    const dead = await faulty(1, [{ fault: 'duplicate', at: 0 }]);
    const [first, second] = await dead.reader.pull(2, { waitMs: 0 });
    await first!.deadLetter('Refused.');
    await second!.retry(0);
    expect(await dead.broker.deadLetters('payment')).toMatchObject([{ reason: 'Refused.' }]);
  });
});

describe('reorder', () => {
  test('F5.7: later messages pass, also in later pulls', async () => {
    const { clock, broker, reader } = await faulty(2, [{ fault: 'reorder', ms: 100, at: 0 }]);
    expect(ids(await reader.pull(10, { waitMs: 0 }))).toEqual(['m1']);
    await broker.publish([envelopes(3)[2]!]);
    expect(ids(await reader.pull(10, { waitMs: 0 }))).toEqual(['m2']);
    await clock.advance(100);
    expect(ids(await reader.pull(10, { waitMs: 0 }))).toEqual(['m0']);
  });

  test('a waiting pull gets it when its time has come', async () => {
    const { clock, reader } = await faulty(1, [{ fault: 'reorder', ms: 100 }]);
    const pull = reader.pull(10, { waitMs: 500 });
    await clock.advance(100);
    expect(ids(await pull)).toEqual(['m0']);
    expect(clock.sleeping).toBe(0);
  });

  test('what is held longer than its lease is left to the broker', async () => {
    const { clock, reader } = await faulty(1, [{ fault: 'reorder', ms: 5_000, at: 0 }]);
    expect(await reader.pull(10, { waitMs: 0 })).toEqual([]);
    await clock.advance(6_000);
    const deliveries = await reader.pull(10, { waitMs: 0 });
    expect(deliveries.map(({ deliveryCount }) => deliveryCount)).toEqual([2]);
    await deliveries[0]!.ack();
  });
});

describe('delay', () => {
  test('the answer comes later, and the lease runs meanwhile', async () => {
    const { clock, reader } = await faulty(1, [{ fault: 'delay', ms: 400, at: 0 }]);
    let answeredAt = -1;
    const pull = reader.pull(1, { waitMs: 0 });
    void pull.then(() => {
      answeredAt = clock.monotonic();
    });
    await clock.advance(700);
    expect(answeredAt).toBe(400);
    expect((await pull)[0]!.leaseEndsAt).toBe(1_000);
  });

  test('aborting cuts the delay short, and loses no message', async () => {
    const { reader } = await faulty(1, [{ fault: 'delay', ms: 400, at: 0 }]);
    const controller = new AbortController();
    const pull = reader.pull(1, { waitMs: 0, signal: controller.signal });
    await Promise.resolve();
    controller.abort();
    expect(ids(await pull)).toEqual(['m0']);
  });
});

describe('fail', () => {
  test('F13.3: the pull rejects, and what came in it comes again', async () => {
    const { reader } = await faulty(3, [{ fault: 'fail', at: 1 }]);
    await expect(reader.pull(10, { waitMs: 0 })).rejects.toMatchObject({ code: 'ERR_TRANSPORTS_UNAVAILABLE' });
    expect(reader.hits('fail')).toBe(1);
    expect(ids(await reader.pull(10, { waitMs: 0 })).sort()).toEqual(['m0', 'm1', 'm2']);
  });
});

describe('lose-lease', () => {
  test.each(['ack', 'retry', 'deadLetter', 'extend'] as const)(
    'F5.5: %s rejects and changes nothing, and the message comes again at once',
    async (operation) => {
      const { broker, reader } = await faulty(2, [{ fault: 'lose-lease', at: 0 }]);
      const [lost, held] = await reader.pull(2, { waitMs: 0 });
      const operations = {
        ack: () => lost!.ack(),
        retry: () => lost!.retry(500),
        deadLetter: () => lost!.deadLetter('Refused.'),
        extend: () => lost!.extend(5_000),
      };
      await expect(operations[operation]()).rejects.toMatchObject({ code: 'ERR_CORE_LEASE_LOST' });
      await expect(lost!.ack()).rejects.toMatchObject({ code: 'ERR_CORE_LEASE_LOST' });
      await held!.ack();
      const [again] = await reader.pull(10, { waitMs: 0 });
      expect([again!.envelope.id, again!.deliveryCount]).toEqual(['m0', 2]);
      await again!.ack();
      expect(await broker.stats('payment')).toMatchObject({ ready: 0, leased: 0, delayed: 0, dead: 0 });
    },
  );

  test('F5.5: both copies of a duplicate are lost with its lease', async () => {
    const { reader } = await faulty(1, [
      { fault: 'duplicate', at: 0 },
      { fault: 'lose-lease', at: 0 },
    ]);
    const [one, other] = await reader.pull(2, { waitMs: 0 });
    await one!.ack();
    await expect(other!.ack()).rejects.toMatchObject({ code: 'ERR_CORE_LEASE_LOST' });
    expect(ids(await reader.pull(2, { waitMs: 0 }))).toEqual(['m0']);
  });
});

test.each(Array.from({ length: 40 }, (_, seed) => seed))(
  'whatever goes wrong at once, nothing is lost and pulls keep to their size (seed %d)',
  async (seed) => {
    const random = new SeededRandom(seed);
    const faults: readonly ReadFault[] = [
      { fault: 'duplicate', probability: 0.2 },
      { fault: 'duplicate', later: true, probability: 0.2 },
      { fault: 'reorder', ms: 300, probability: 0.2 },
      { fault: 'delay', ms: 50, probability: 0.1 },
      { fault: 'lose-lease', probability: 0.1 },
      { fault: 'fail', probability: 0.05 },
    ];
    const { clock, broker, reader } = await faulty(50, faults, { random });
    const seen = new Set<string>();
    for (let round = 0; round < 400; round += 1) {
      const max = random.integer(1, 5);
      const pull = reader.pull(max, { waitMs: random.integer(0, 20) }).catch(() => []);
      await clock.advance(100);
      const deliveries = await pull;
      expect(deliveries.length).toBeLessThanOrEqual(max);
      for (const delivery of deliveries) {
        seen.add(delivery.envelope.id);
        if (random.next() < 0.8) await delivery.ack().catch(() => {});
        else if (random.next() < 0.5) await delivery.retry(random.integer(0, 100)).catch(() => {});
      }
    }
    expect(seen.size).toBe(50);
    expect(await broker.stats('payment')).toMatchObject({ ready: 0, leased: 0, delayed: 0, dead: 0 });
    expect(clock.sleeping).toBe(0);
  },
);
