import assert from 'node:assert/strict';
import type { Delivery, Envelope, QueueReader } from '@holdfast/core';
import { type DeclaredQueue, declareQueue } from './declared-queue.ts';
import { bounds } from './passing-time.ts';
import { publishUntilAccepted } from './publish-until-accepted.ts';
import { passLease, pullFrom, waitFor } from './pull-all.ts';
import { idsOf, sampleEnvelope, sampleEnvelopes } from './sample-envelope.ts';
import type { TransportRule } from './transport-rule.ts';
import type { TransportWorld } from './transport-world.ts';

const KEYS = ['a', 'b', 'c', 'd', 'e'];
/** Longer than an adapter keeps for a reader what it has fetched ahead. */
const PAUSE_MS = 1_500;

const firstDeliveryRules: readonly TransportRule[] = [
  {
    name: 'messages of each key are first delivered in the order of publishing, with many keys and small pulls',
    needs: 'order',
    async check(world) {
      const { type, sender, queue } = await declareQueue(world);
      const sent = withKeys(sampleEnvelopes(60, { type }));
      await publishUntilAccepted(world, sender, sent);
      const received = await ackInSmallPulls(world, sender.reader(queue), sent.length);
      assertOrderOfKeys(received, sent);
    },
  },
  {
    name: 'messages of each key are first delivered in the order of publishing, also to a reader that pauses',
    needs: 'order',
    async check(world) {
      const { type, sender, queue } = await declareQueue(world);
      const sent = withKeys(sampleEnvelopes(150, { type }));
      await publishUntilAccepted(world, sender, sent);
      const reader = sender.reader(queue);
      const received = await ackInSmallPulls(world, reader, 50);
      // What was fetched ahead and not pulled goes back, and was not delivered.
      await world.passTime(PAUSE_MS);
      received.push(...(await ackInSmallPulls(world, reader, 100)));
      assertOrderOfKeys(received, sent);
    },
  },
  {
    name: 'messages of each key are first delivered in the order of publishing, also when another client goes on',
    needs: 'order',
    async check(world) {
      const { type, sender, queue } = await declareQueue(world);
      const sent = withKeys(sampleEnvelopes(150, { type }));
      await publishUntilAccepted(world, sender, sent);
      const first = await world.connect();
      const received = await ackInSmallPulls(world, first.reader(queue), 50);
      await first.close();
      received.push(...(await ackInSmallPulls(world, (await world.connect()).reader(queue), 100)));
      assertOrderOfKeys(received, sent);
    },
  },
];

function withKeys(envelopes: readonly Envelope[]): Envelope[] {
  return envelopes.map((envelope, index) => ({ ...envelope, key: KEYS[index % KEYS.length] ?? '' }));
}

async function ackInSmallPulls(world: TransportWorld, reader: QueueReader, count: number): Promise<string[]> {
  const received: string[] = [];
  while (received.length < count) {
    // Not a given number: where a leased message holds back those of its key, fewer come.
    const max = Math.min(7, count - received.length);
    const deliveries = await waitFor(world, reader.pull(max, { waitMs: bounds.arrivalMs }));
    assert.ok(deliveries.length > 0, `${count} messages were to come, and ${received.length} came`);
    for (const delivery of deliveries) {
      received.push(delivery.envelope.id);
      await delivery.ack();
    }
  }
  return received;
}

function assertOrderOfKeys(received: readonly string[], sent: readonly Envelope[]): void {
  for (const key of KEYS) {
    const expected = idsOf(sent.filter((envelope) => envelope.key === key));
    const actual = received.filter((id) => expected.includes(id));
    assert.deepEqual(actual, expected, `order of key "${key}"`);
  }
}

/** What one delivery of a key can go through before it comes again, with what has to pass until it does. */
const returns: Readonly<
  Record<string, (world: TransportWorld, delivery: Delivery, other: QueueReader) => Promise<void>>
> = {
  'is handed back': (_, delivery) => delivery.retry(0),
  'is handed back with a delay': async (world, delivery, other) => {
    const endsAt = world.clock.monotonic() + world.leaseMs;
    await delivery.retry(world.leaseMs);
    const deliveries = await waitFor(world, other.pull(10, { waitMs: bounds.quietMs }));
    const isEarly = world.clock.monotonic() < endsAt;
    assert.ok(deliveries.length === 0 || !isEarly, 'nothing was to come before the delay has passed');
    for (const late of deliveries) await late.retry(0);
    await passLease(world);
  },
  'is not settled in its lease': (world) => passLease(world),
};

const redeliveryRules: readonly TransportRule[] = [
  {
    name: 'a leased message holds back the later ones of its key from all readers, while other keys go on',
    needs: 'order-under-redelivery',
    async check(world) {
      const queue = await declareQueue(world);
      await queue.send(3, { key: 'a' }, 'a');
      await queue.send(2, { key: 'b' }, 'b');
      const reader = await queue.connectReader();
      const [first] = await pullFrom(world, reader, 1);
      assert.equal(first?.envelope.id, 'a0');
      const other = await queue.connectReader();
      const [others] = [await pullInTurn(world, other, 2)];
      assert.deepEqual(others, ['b0', 'b1']);
      await assertNothing(world, [reader, other], 'behind a message that is leased');
      await first?.ack();
      assert.deepEqual(await pullInTurn(world, other, 2), ['a1', 'a2']);
    },
  },
  ...Object.entries(returns).map(
    ([what, comesBack]): TransportRule => ({
      name: `a message that ${what} comes before the later ones of its key, whoever pulls`,
      needs: 'order-under-redelivery',
      async check(world) {
        const queue = await declareQueue(world, { leaseMs: world.leaseMs });
        await queue.send(3, { key: 'a' }, 'a');
        const [reader, other] = [await queue.connectReader(), await queue.connectReader()];
        const [first] = await pullFrom(world, reader, 1);
        assert.equal(first?.envelope.id, 'a0');
        if (first !== undefined) await comesBack(world, first, other);
        assert.deepEqual(await pullInTurn(world, other, 3), ['a0', 'a1', 'a2']);
        await assertNothing(world, [reader, other], 'when all were acked');
      },
    }),
  ),
  {
    name: 'a dead-lettered message holds nobody back',
    needs: 'order-under-redelivery',
    async check(world) {
      const queue: DeclaredQueue = await declareQueue(world);
      await publishUntilAccepted(world, queue.sender, [
        sampleEnvelope({ id: 'bad', type: queue.type, key: 'a' }),
        sampleEnvelope({ id: 'next', type: queue.type, key: 'a' }),
      ]);
      const reader = await queue.connectReader();
      const [bad] = await pullFrom(world, reader, 1);
      await bad?.deadLetter('Refused.');
      assert.deepEqual(await pullInTurn(world, reader, 1), ['next']);
    },
  },
];

/** Pulls one by one, acks each, and returns the ids. */
async function pullInTurn(world: TransportWorld, reader: QueueReader, count: number): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < count) {
    const [delivery] = await pullFrom(world, reader, 1);
    ids.push(delivery?.envelope.id ?? '');
    await delivery?.ack();
  }
  return ids;
}

async function assertNothing(world: TransportWorld, readers: readonly QueueReader[], when: string): Promise<void> {
  for (const reader of readers) {
    const deliveries = await waitFor(world, reader.pull(10, { waitMs: bounds.quietMs }));
    assert.deepEqual(idsOf(deliveries.map(({ envelope }) => envelope)), [], `nothing was to come ${when}`);
  }
}

export const orderRules: readonly TransportRule[] = [...firstDeliveryRules, ...redeliveryRules];
