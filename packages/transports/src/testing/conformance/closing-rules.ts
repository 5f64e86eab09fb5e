import assert from 'node:assert/strict';
import { isHoldfastError } from '@holdfast/core';
import { declareQueue } from './declared-queue.ts';
import { bounds, hasSettled, settlesWithin } from './passing-time.ts';
import { PublishWindow } from './publish-window.ts';
import { pullFrom, waitFor } from './pull-all.ts';
import { idsOf, sampleEnvelope, sampleEnvelopes } from './sample-envelope.ts';
import type { TransportRule } from './transport-rule.ts';
import type { TransportWorld } from './transport-world.ts';
import { receiveAll } from './world-fixtures.ts';

export const closingRules: readonly TransportRule[] = [
  {
    name: 'close ends waiting pulls with no messages',
    async check(world) {
      const { sender, queue } = await declareQueue(world);
      const { signal } = new AbortController();
      const pulls = [{}, { signal }].map((more) => sender.reader(queue).pull(1, { waitMs: 3_600_000, ...more }));
      const all = Promise.all(pulls);
      assert.equal(await hasSettled(all), false);
      await assertCloses(world, sender.close());
      assert.ok(await settlesWithin(world, all, bounds.answerMs), 'a pull still waits');
      assert.deepEqual(
        (await all).map((deliveries) => deliveries.length),
        [0, 0],
      );
    },
  },
  {
    name: 'what a closed transport held is delivered to others well before its lease would end',
    async check(world) {
      const { leaseMs, send, queue, connectReader } = await declareQueue(world);
      await send(5);
      const closing = await world.connect();
      const [acked, ...held] = await pullFrom(world, closing.reader(queue), 5);
      await acked?.ack();
      const before = world.clock.monotonic();
      await assertCloses(world, closing.close());
      const again = await pullFrom(world, await connectReader(), 4);
      assert.ok(world.clock.monotonic() < before + leaseMs / 2, 'they came when the lease ended');
      assert.deepEqual(
        idsOf(again.map(({ envelope }) => envelope)).sort(),
        idsOf(held.map(({ envelope }) => envelope)).sort(),
      );
    },
  },
  {
    name: 'after close publish gives unavailable and all else rejects with TransportClosedError, and closing again is the same',
    async check(world) {
      const { type, send, queue, deadLetterQueue } = await declareQueue(world);
      await send(1);
      const closed = await world.connect();
      const reader = closed.reader(queue);
      const [held] = await pullFrom(world, reader, 1);
      await assertCloses(world, Promise.all([closed.close(), closed.close()]));
      await assertCloses(world, closed.close());
      const [receipt] = await waitFor(world, closed.publish([sampleEnvelope({ id: 'late', type })]));
      assert.equal(receipt?.outcome, 'unavailable');
      const declaration = { queue, types: [type], deadLetterQueue };
      const attempts = {
        declare: () => closed.declare(declaration),
        pull: () => reader.pull(1, { waitMs: 0 }),
        'pull of a new reader': () => closed.reader(queue).pull(1, { waitMs: 60_000 }),
      };
      for (const [what, attempt] of Object.entries(attempts)) {
        assert.equal(await codeOf(world, attempt()), 'ERR_TRANSPORTS_CLOSED', `${what} after close`);
      }
      // It was handed back, so both are true.
      const late = await codeOf(world, held?.ack() ?? Promise.resolve());
      assert.ok(late === 'ERR_TRANSPORTS_CLOSED' || late === 'ERR_CORE_LEASE_LOST', `ack after close: ${late}`);
    },
  },
  {
    name: 'close settles publishes that have no answer, and tells the truth about them',
    async check(world) {
      const { type, sender, queue } = await declareQueue(world);
      const window = new PublishWindow(sender);
      for (let call = 0; call < 10; call += 1) window.publish(sampleEnvelopes(10, { type, key: 'k' }, `${call}.`));
      await assertCloses(world, sender.close());
      const sent = await waitFor(world, window.settled());
      await window.assertNothingOvertakesAFailure();
      const received = new Set(idsOf(await receiveAll(world, (await world.connect()).reader(queue))));
      for (const { envelope, receipt } of sent) {
        const { outcome } = receipt ?? { outcome: 'none' };
        assert.ok(['accepted', 'unavailable', 'unknown'].includes(outcome), outcome);
        if (outcome === 'unavailable') assert.ok(!received.has(envelope.id), `"${envelope.id}" was taken`);
        if (outcome === 'accepted') assert.ok(received.has(envelope.id), `"${envelope.id}" was not taken`);
      }
    },
  },
  {
    name: 'close leaves no connection, also when the broker is down',
    needs: 'network',
    async check(world) {
      assert.ok(world.network !== null, 'the world has no "network"');
      const { sender, queue, send } = await declareQueue(world);
      await send(2);
      await pullFrom(world, sender.reader(queue), 1);
      assert.ok(world.network.connections() > 0, 'there was to be a connection');
      await assertCloses(world, sender.close());
      await assertNoConnections(world);
      const other = await world.connect();
      await pullFrom(world, other.reader(queue), 1);
      await world.setAvailable(false);
      await assertCloses(world, other.close());
      await world.setAvailable(true);
      await assertNoConnections(world);
    },
  },
  {
    name: 'F13.3: close ends while the network is silent, and leaves no connection',
    needs: 'network',
    async check(world) {
      const { network } = world;
      assert.ok(network !== null, 'the world has no "network"');
      const { sender, queue, send } = await declareQueue(world);
      await send(2);
      await pullFrom(world, sender.reader(queue), 1);
      await network.silence();
      const closed = sender.close();
      const ends = await settlesWithin(world, closed, network.noticesSilenceMs + bounds.answerMs);
      assert.ok(ends, 'close still waits for an answer');
      await closed;
      await network.restore();
      await assertNoConnections(world);
    },
  },
];

async function assertCloses(world: TransportWorld, closed: Promise<unknown>): Promise<void> {
  assert.ok(await settlesWithin(world, closed, bounds.closeMs), `close has not ended after ${bounds.closeMs} ms`);
  await closed;
}

/** The other end of a connection sees a moment later that it is closed. And none is made again. */
async function assertNoConnections(world: TransportWorld): Promise<void> {
  const count = () => world.network?.connections() ?? 0;
  for (let passed = 0; passed < 1_000 && count() > 0; passed += 20) await world.passTime(20);
  assert.equal(count(), 0, 'a connection is left');
  await world.passTime(5 * bounds.quietMs);
  assert.equal(count(), 0, 'a connection was made after close');
}

async function codeOf(world: TransportWorld, attempt: Promise<unknown>): Promise<string> {
  try {
    await waitFor(world, attempt);
    return 'no error';
  } catch (error) {
    return isHoldfastError(error) ? error.code : String(error);
  }
}
