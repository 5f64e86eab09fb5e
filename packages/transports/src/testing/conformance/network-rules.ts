import assert from 'node:assert/strict';
import { type Delivery, isHoldfastError } from '@holdfast/core';
import { type DeclaredQueue, declareQueue } from './declared-queue.ts';
import { bounds, hasSettled, settlesWithin, turn } from './passing-time.ts';
import { publishUntilAccepted } from './publish-until-accepted.ts';
import { PublishWindow } from './publish-window.ts';
import { passLease, pullFrom, waitFor, whenAvailable } from './pull-all.ts';
import { idsOf, sampleEnvelope, sampleEnvelopes } from './sample-envelope.ts';
import type { TransportRule } from './transport-rule.ts';
import type { TransportNetwork, TransportWorld } from './transport-world.ts';
import { receiveAll } from './world-fixtures.ts';

function networkOf({ network }: TransportWorld): TransportNetwork {
  assert.ok(network !== null, 'the world has no "network"');
  return network;
}

const publishingRules: readonly TransportRule[] = [
  {
    name: 'F4.5: connections cut in the middle of publishing lose nothing that was accepted, and keep the order of keys',
    needs: 'network',
    async check(world) {
      const { type, sender, queue } = await declareQueue(world);
      const sent: string[] = [];
      for (let cut = 0; cut < 3; cut += 1) {
        const window = new PublishWindow(sender);
        for (let call = 0; call < 10; call += 1) {
          window.publish(sampleEnvelopes(5, { type, key: 'a' }, `a${cut}.${call}.`));
          window.publish(sampleEnvelopes(5, { type, key: 'b' }, `b${cut}.${call}.`));
        }
        // The first cut is amid what travels, the others amid the answers.
        if (cut > 0) await waitFor(world, window.firstReceipt());
        await networkOf(world).cut();
        const calls = await waitFor(world, window.settled());
        await window.assertNothingOvertakesAFailure();
        sent.push(...idsOf(calls.map(({ envelope }) => envelope)));
        const failed = calls.filter(({ receipt }) => receipt?.outcome !== 'accepted');
        await publishUntilAccepted(
          world,
          sender,
          failed.map(({ envelope }) => envelope),
        );
      }
      const received = idsOf(await receiveAll(world, (await world.connect()).reader(queue)));
      assert.deepEqual(received.toSorted(), sent.toSorted(), 'everything was to arrive');
      if (world.capabilities.order === 'none') return;
      for (const key of ['a', 'b']) assert.deepEqual(ofKey(received, key), ofKey(sent, key), `order of key "${key}"`);
    },
  },
  {
    name: 'F4.5: when only the answer is lost, publish does not say "unavailable", and the same id can be published again',
    needs: 'network',
    async check(world) {
      const network = networkOf(world);
      const { type, sender, queue, send } = await declareQueue(world);
      await send(1, {}, 'before');
      await network.silenceAnswers();
      const call = sender.publish([sampleEnvelope({ id: 'm', type, key: 'k' })]);
      const settles = await settlesWithin(world, call, network.noticesSilenceMs + bounds.answerMs);
      assert.ok(settles, 'publish still waits for its answer');
      const [receipt] = await call;
      await network.restore();
      const reader = (await world.connect()).reader(queue);
      const received = new Set(idsOf(await receiveAll(world, reader)));
      if (received.has('m')) assert.equal(receipt?.outcome, 'unknown', 'the message is there');
      else assert.ok(receipt?.outcome === 'unknown' || receipt?.outcome === 'unavailable', receipt?.outcome);
      await publishUntilAccepted(world, sender, [sampleEnvelope({ id: 'm', type, key: 'k' })]);
      for (const id of idsOf(await receiveAll(world, reader))) received.add(id);
      assert.deepEqual([...received].sort(), ['before0', 'm']);
    },
  },
  {
    name: 'F13.3: in a black hole publish, pull and ack end within their deadlines, and all go on by themselves after it',
    needs: 'network',
    async check(world) {
      const network = networkOf(world);
      const { type, sender, queue, connectReader, send } = await declareQueue(world);
      await send(1, {}, 'held');
      const reader = await connectReader();
      const [held] = await pullFrom(world, reader, 1);
      await network.silence();
      const endMs = network.noticesSilenceMs + bounds.answerMs;
      const calls = ['1', '2'].map((id) => sender.publish([sampleEnvelope({ id, type, key: 'k' })]));
      const pull = reader.pull(1, { waitMs: 3_600_000 }).catch(unavailable);
      const ack = held?.ack().catch(unavailable) ?? Promise.resolve();
      for (const [what, promise] of Object.entries({ publish: Promise.all(calls), pull, ack })) {
        assert.ok(await settlesWithin(world, promise, endMs), `${what} still waits for an answer`);
      }
      assert.deepEqual([...((await pull) ?? [])], [], 'nothing can come through a black hole');
      for (const [receipt] of await Promise.all(calls)) {
        assert.ok(receipt?.outcome === 'unknown' || receipt?.outcome === 'unavailable', receipt?.outcome);
      }
      const during = sender.publish([sampleEnvelope({ id: '3', type, key: 'k' })]);
      assert.ok(await settlesWithin(world, during, endMs), 'publish still waits for a connection');
      await network.restore();
      await publishUntilAccepted(world, sender, sampleEnvelopes(1, { type }, 'after'));
      assert.ok(idsOf(await receiveAll(world, sender.reader(queue))).includes('after0'));
      await publishUntilAccepted(world, sender, sampleEnvelopes(1, { type }, 'last'));
      // What was lost on the way may still come first.
      for (let id = ''; id !== 'last0'; ) {
        const [delivery] = await whenAvailable(world, () => pullFrom(world, reader, 1));
        id = delivery?.envelope.id ?? '';
      }
    },
  },
];

const consumingRules: readonly TransportRule[] = [
  {
    name: 'F13.3: connections cut while consuming: pulling goes on by itself, and what was not settled comes again',
    needs: 'network',
    async check(world) {
      const queue = await declareQueue(world, { leaseMs: world.leaseMs });
      await queue.send(30);
      const sent = idsOf(sampleEnvelopes(30, queue));
      const reader = await queue.connectReader();
      const done = new Set<string>();
      for (let cut = 0; cut < 3; cut += 1) {
        const deliveries = await whenAvailable(world, () => pullFrom(world, reader, 5));
        for (const { envelope } of deliveries) assert.ok(!done.has(envelope.id), `"${envelope.id}" was acked`);
        await networkOf(world).cut();
        for (const delivery of deliveries) {
          if (await isAcked(world, delivery)) done.add(delivery.envelope.id);
        }
      }
      await assertRestComes(
        world,
        queue,
        sent.filter((id) => !done.has(id)),
      );
    },
  },
  {
    name: 'F13.3: an ack that a cut interrupts is lost or has taken effect, and when it was confirmed it has',
    needs: 'network',
    async check(world) {
      const queue = await declareQueue(world, { leaseMs: world.leaseMs });
      await queue.send(20);
      const reader = await queue.connectReader();
      const confirmed = new Set<string>();
      for (let turns = 0; turns < 4; turns += 1) {
        const deliveries = await whenAvailable(world, () => pullFrom(world, reader, 5));
        const twice = idsOf(deliveries.map(({ envelope }) => envelope)).filter((id) => confirmed.has(id));
        assert.deepEqual(twice, [], 'what was confirmed was not to come again');
        const acks = Promise.all(deliveries.map((delivery) => isAcked(world, delivery)));
        // Cut when they have not left, while they travel, and while the answers do.
        for (let passed = 0; passed < turns; passed += 1) await turn();
        await networkOf(world).cut();
        const outcomes = await waitFor(world, acks);
        for (const [index, { envelope }] of deliveries.entries()) if (outcomes[index]) confirmed.add(envelope.id);
      }
      const again = idsOf(await receiveAll(world, await queue.connectReader()));
      assert.deepEqual(
        again.filter((id) => confirmed.has(id)),
        [],
        'what was confirmed was not to come again',
      );
    },
  },
  {
    name: 'F13.3: a dead letter that a cut interrupts is in one of both queues, and in both only where it is not atomic',
    needs: 'network',
    async check(world) {
      const queue = await declareQueue(world, { leaseMs: world.leaseMs });
      await queue.send(20);
      const reader = await queue.connectReader();
      for (let turns = 0; turns < 4; turns += 1) {
        const deliveries = await whenAvailable(world, () => pullFrom(world, reader, 5));
        const moves = deliveries.map((delivery) => delivery.deadLetter('Refused.').catch(unavailable));
        for (let passed = 0; passed < turns; passed += 1) await turn();
        await networkOf(world).cut();
        await waitFor(world, Promise.all(moves));
      }
      await passLease(world);
      const client = await world.connect();
      const alive = idsOf(await receiveAll(world, client.reader(queue.queue)));
      const dead = idsOf(await receiveAll(world, client.reader(queue.deadLetterQueue)));
      const sent = idsOf(sampleEnvelopes(20, queue));
      assert.deepEqual([...new Set([...alive, ...dead])].sort(), sent.sort(), 'a message is in none of both queues');
      if (!world.capabilities.atomicDeadLetter) return;
      const both = alive.filter((id) => dead.includes(id));
      assert.deepEqual(both, [], 'a message is in both queues');
    },
  },
  {
    name: 'F13.3: a pull that waits while connections are cut gets the next message, or rejects and the next pull gets it',
    needs: 'network',
    async check(world) {
      const { connectReader, send, leaseMs } = await declareQueue(world, { leaseMs: world.leaseMs });
      const reader = await connectReader();
      const pull = reader.pull(1, { waitMs: 60_000 }).catch(unavailable);
      assert.equal(await hasSettled(pull), false);
      await networkOf(world).cut();
      await send(1);
      // A broker that does not see the cut leases it to nobody.
      const isAnswered = await settlesWithin(world, pull, leaseMs + bounds.recoveryMs);
      assert.ok(isAnswered, 'the pull waits and gets nothing');
      const [first] = (await pull) ?? [];
      const [delivery] = first === undefined ? await whenAvailable(world, () => pullFrom(world, reader, 1)) : [first];
      assert.equal(delivery?.envelope.id, 'm0');
    },
  },
  {
    name: 'a broker that is killed and comes back has what it accepted, and everybody goes on by himself',
    needs: 'restart',
    async check(world) {
      assert.ok(world.restart !== null, 'the world has no "restart"');
      const queue = await declareQueue(world, { leaseMs: world.leaseMs });
      await queue.send(20);
      const reader = await queue.connectReader();
      const deliveries = await pullFrom(world, reader, 10);
      const done = new Set<string>();
      for (const delivery of deliveries.slice(0, 5)) {
        await delivery.ack();
        done.add(delivery.envelope.id);
      }
      await world.restart();
      await queue.send(10, {}, 'after');
      const sent = idsOf([...sampleEnvelopes(20, queue), ...sampleEnvelopes(10, queue, 'after')]);
      for (const delivery of deliveries.slice(5)) {
        if (await isAcked(world, delivery)) done.add(delivery.envelope.id);
      }
      await assertRestComes(
        world,
        queue,
        sent.filter((id) => !done.has(id)),
      );
    },
  },
];

/** Whether the ack was confirmed. Tried again while the broker cannot be reached. */
async function isAcked(world: TransportWorld, delivery: Delivery): Promise<boolean> {
  try {
    await whenAvailable(world, () => delivery.ack());
    return true;
  } catch (error) {
    if (!isHoldfastError(error, 'ERR_CORE_LEASE_LOST')) throw error;
    return false;
  }
}

/** Fails unless exactly these come, at the end of their lease at the latest. */
async function assertRestComes(world: TransportWorld, queue: DeclaredQueue, rest: readonly string[]): Promise<void> {
  const reader = await queue.connectReader();
  const endsAt = world.clock.monotonic() + queue.leaseMs + bounds.arrivalMs;
  const received = new Set<string>();
  while (received.size < rest.length && world.clock.monotonic() < endsAt) {
    for (const { id } of await receiveAll(world, reader)) received.add(id);
  }
  assert.deepEqual([...received].sort(), rest.toSorted(), 'what was not settled was to come again, and nothing else');
}

function ofKey(ids: readonly string[], key: string): string[] {
  return ids.filter((id) => id.startsWith(key));
}

function unavailable(error: unknown): undefined {
  const codes = ['ERR_TRANSPORTS_UNAVAILABLE', 'ERR_CORE_LEASE_LOST'] as const;
  if (!codes.some((code) => isHoldfastError(error, code))) throw error;
  return undefined;
}

export const networkRules: readonly TransportRule[] = [...publishingRules, ...consumingRules];
