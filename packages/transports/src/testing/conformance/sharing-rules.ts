import assert from 'node:assert/strict';
import type { Delivery, QueueReader } from '@holdfast/core';
import { declareQueue } from './declared-queue.ts';
import { bounds, hasSettled, turn } from './passing-time.ts';
import { publishUntilAccepted } from './publish-until-accepted.ts';
import { pullFrom, waitFor } from './pull-all.ts';
import { idsOf, sampleEnvelope, sampleEnvelopes } from './sample-envelope.ts';
import type { TransportRule } from './transport-rule.ts';
import type { TransportWorld } from './transport-world.ts';

function idsOfDeliveries(deliveries: readonly Delivery[]): string[] {
  return idsOf(deliveries.map(({ envelope }) => envelope));
}

export const sharingRules: readonly TransportRule[] = [
  {
    name: 'a reader holds what it was asked for: the other messages go to others well before its lease would end',
    async check(world) {
      const { leaseMs, send, connectReader } = await declareQueue(world);
      await send(20);
      const before = world.clock.monotonic();
      const modest = await connectReader();
      const held = await pullFrom(world, modest, 1);
      const others = await pullFrom(world, await connectReader(), 19);
      assert.ok(world.clock.monotonic() < before + leaseMs / 2, 'they came when the lease ended');
      assert.deepEqual(idsOfDeliveries([...held, ...others]).sort(), idsOf(sampleEnvelopes(20, { type: '' })).sort());
    },
  },
  {
    name: 'many pulls of several clients at once lose no message, and deliver none twice',
    async check(world) {
      const { send, connectReader } = await declareQueue(world);
      await send(90);
      const readers = [await connectReader(), await connectReader(), await connectReader()];
      const acked: string[] = [];
      const work = readers.flatMap((reader) => [0, 1].map(() => ackUntilQuiet(world, reader, acked)));
      await waitFor(world, Promise.all(work));
      assert.deepEqual(acked.toSorted(), idsOf(sampleEnvelopes(90, { type: '' })).sort());
    },
  },
  {
    name: 'nobody holds a message that comes while its pull is aborted',
    async check(world) {
      const { type, sender, connectReader } = await declareQueue(world);
      const [stopping, other] = [await connectReader(), await connectReader()];
      for (let index = 0; index < 10; index += 1) {
        const controller = new AbortController();
        const pull = stopping.pull(1, { waitMs: 60_000, signal: controller.signal });
        assert.equal(await hasSettled(pull), false);
        const sending = publishUntilAccepted(world, sender, [sampleEnvelope({ id: `m${index}`, type })]);
        // At another moment of the sending each time.
        for (let turns = 0; turns < index; turns += 1) await turn();
        controller.abort();
        const deliveries = await waitFor(world, pull);
        await sending;
        const [delivery] = deliveries.length > 0 ? deliveries : await pullFrom(world, other, 1);
        assert.equal(delivery?.envelope.id, `m${index}`);
        await delivery?.ack();
      }
    },
  },
  {
    name: 'a delay up to the longest is kept, and a longer one is refused and leaves the message leased',
    async check(world) {
      const { maxDelayMs } = world.capabilities;
      const { send, connectReader } = await declareQueue(world);
      await send(2);
      const reader = await connectReader();
      const [patient, refused] = await pullFrom(world, reader, 2);
      await patient?.retry(maxDelayMs);
      const tooLong = refused?.retry(maxDelayMs + 1) ?? Promise.resolve();
      await assert.rejects(waitFor(world, tooLong), { code: 'ERR_CORE_INVALID_OPTION' });
      await refused?.ack();
      await world.passTime(Math.min(world.leaseMs, maxDelayMs / 2));
      const early = await waitFor(world, reader.pull(10, { waitMs: bounds.quietMs }));
      assert.deepEqual(idsOfDeliveries(early), [], 'nothing was to come before its delay');
    },
  },
];

/** Acks what it pulls, until nothing comes for a while. */
async function ackUntilQuiet(world: TransportWorld, reader: QueueReader, acked: string[]): Promise<void> {
  for (;;) {
    const deliveries = await reader.pull(4, { waitMs: 5 * bounds.quietMs });
    assert.ok(deliveries.length <= 4, `pull(4) returned ${deliveries.length} deliveries`);
    if (deliveries.length === 0) return;
    await Promise.all(deliveries.map((delivery) => delivery.ack()));
    acked.push(...idsOfDeliveries(deliveries));
    // The others get their turn.
    await world.passTime(1);
  }
}
