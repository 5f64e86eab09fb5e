import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import type { ConformanceRule } from './conformance-rule.ts';
import { bounds, hasSettled } from './passing-time.ts';
import {
  assertNothingToPull,
  assertPullRejects,
  passLease,
  pullAll,
  pullOne,
  waitFor,
  whenAvailable,
} from './pull-all.ts';
import type { QueueReaderCapability, QueueReaderFixture } from './queue-reader-fixture.ts';
import { idsOf, plain, sampleEnvelope, sampleEnvelopes } from './sample-envelope.ts';

type QueueReaderRule = ConformanceRule<QueueReaderFixture, QueueReaderCapability>;

const contentRules: readonly QueueReaderRule[] = [
  {
    name: 'a message is delivered with its identity, key, attributes and every byte of its body',
    async check(fixture) {
      const sent = sampleEnvelope({ id: 'bytes', type: fixture.routableType, key: 'order-1' });
      await fixture.send([sent]);
      const { envelope, deliveryCount } = await pullOne(fixture);
      assert.deepEqual(plain(envelope), plain(sent));
      assert.equal(deliveryCount, 1);
    },
  },
  {
    name: 'pull returns as many messages as it is asked for at most, and each message once',
    async check(fixture) {
      const sent = sampleEnvelopes(25, { type: fixture.routableType });
      await fixture.send(sent);
      const ids: string[] = [];
      while (ids.length < sent.length) {
        const pulled = await pullAll(fixture, Math.min(4, sent.length - ids.length));
        ids.push(...idsOf(pulled.map(({ envelope }) => envelope)));
      }
      assert.deepEqual(ids.sort(), idsOf(sent).sort());
      await assertNothingToPull(fixture, 'after every message was');
    },
  },
  {
    name: 'first deliveries come in the order in which the messages were sent',
    needs: 'order',
    async check(fixture) {
      const sent = sampleEnvelopes(30, { type: fixture.routableType, key: 'k' });
      const later = sent.slice(10);
      await fixture.send(sent.slice(0, 10));
      const ids: string[] = [];
      while (ids.length < sent.length) {
        // Fewer than asked for come where a leased message holds back the later ones of its key.
        const deliveries = await waitFor(fixture, fixture.reader.pull(5, { waitMs: bounds.arrivalMs }));
        assert.ok(deliveries.length > 0, `${sent.length} messages were to come, and ${ids.length} came`);
        ids.push(...idsOf(deliveries.map(({ envelope }) => envelope)));
        for (const delivery of deliveries) await delivery.ack();
        if (ids.length >= 5) await fixture.send(later.splice(0));
      }
      assert.deepEqual(ids, idsOf(sent));
    },
  },
  {
    name: 'two readers of a queue share its messages: each message goes to one of them',
    async check(fixture) {
      const sent = sampleEnvelopes(20, { type: fixture.routableType });
      await fixture.send(sent);
      const [one, other] = await Promise.all([
        waitFor(fixture, fixture.reader.pull(8, { waitMs: 1_000 })),
        waitFor(fixture, fixture.otherReader.pull(8, { waitMs: 1_000 })),
      ]);
      const rest = await pullAll(fixture, sent.length - one.length - other.length);
      const ids = idsOf([...one, ...other, ...rest].map(({ envelope }) => envelope));
      assert.deepEqual(ids.sort(), idsOf(sent).sort());
    },
  },
];

const waitingRules: readonly QueueReaderRule[] = [
  {
    name: 'pull from an empty queue returns nothing at once when it is not to wait',
    async check(fixture) {
      // The first one may have to connect.
      await waitFor(fixture, fixture.reader.pull(1, { waitMs: 0 }));
      const before = fixture.clock.monotonic();
      assert.deepEqual([...(await waitFor(fixture, fixture.reader.pull(1, { waitMs: 0 })))], []);
      assert.ok(fixture.clock.monotonic() - before < 250, 'pull waited');
    },
  },
  {
    name: 'pull from an empty queue returns nothing after its time, and not before',
    async check(fixture) {
      const pull = fixture.reader.pull(1, { waitMs: 1_000 });
      await fixture.passTime(500);
      assert.equal(await hasSettled(pull), false, 'pull returned before its time');
      await fixture.passTime(500);
      assert.deepEqual([...(await waitFor(fixture, pull))], []);
    },
  },
  {
    name: 'a waiting pull returns as soon as there is a message',
    async check(fixture) {
      const pull = fixture.reader.pull(10, { waitMs: 60_000 });
      assert.equal(await hasSettled(pull), false);
      await fixture.send([sampleEnvelope({ id: 'awaited', type: fixture.routableType })]);
      const deliveries = await waitFor(fixture, pull);
      assert.deepEqual(idsOf(deliveries.map(({ envelope }) => envelope)), ['awaited']);
    },
  },
  {
    name: 'a waiting pull gets a message whose lease ends',
    async check(fixture) {
      await fixture.send([sampleEnvelope({ id: 'abandoned', type: fixture.routableType })]);
      await pullOne(fixture);
      const pull = fixture.otherReader.pull(1, { waitMs: 60_000 });
      await passLease(fixture);
      const deliveries = await waitFor(fixture, pull);
      assert.deepEqual(idsOf(deliveries.map(({ envelope }) => envelope)), ['abandoned']);
    },
  },
];

const abortRules: readonly QueueReaderRule[] = [
  {
    name: 'pull with an aborted signal returns nothing, and takes nothing',
    async check(fixture) {
      await fixture.send([sampleEnvelope({ id: 'm', type: fixture.routableType })]);
      const pull = fixture.reader.pull(1, { waitMs: 60_000, signal: AbortSignal.abort() });
      assert.deepEqual([...(await waitFor(fixture, pull))], []);
      assert.equal((await pullOne(fixture)).deliveryCount, 1);
    },
  },
  {
    name: 'aborting ends a waiting pull with nothing, and a message that comes then goes to the next pull',
    async check(fixture) {
      const controller = new AbortController();
      const pull = fixture.reader.pull(1, { waitMs: 60_000, signal: controller.signal });
      assert.equal(await hasSettled(pull), false);
      controller.abort();
      assert.deepEqual([...(await waitFor(fixture, pull))], []);
      await fixture.send([sampleEnvelope({ id: 'm', type: fixture.routableType })]);
      assert.equal((await pullOne(fixture)).deliveryCount, 1);
    },
  },
  {
    name: 'pulls leave no listener on a signal that outlives them',
    async check(fixture) {
      const { signal } = new AbortController();
      const pull = fixture.reader.pull(1, { waitMs: 60_000, signal });
      assert.equal(await hasSettled(pull), false);
      await fixture.send([sampleEnvelope({ id: 'm', type: fixture.routableType })]);
      await waitFor(fixture, pull);
      await waitFor(fixture, fixture.reader.pull(1, { waitMs: 100, signal }));
      await fixture.reader.pull(1, { waitMs: 0, signal });
      assert.equal(getEventListeners(signal, 'abort').length, 0);
    },
  },
];

const unreachableRules: readonly QueueReaderRule[] = [
  {
    name: 'pull from a queue that does not exist rejects',
    async check(fixture) {
      await assertPullRejects(fixture, fixture.missingReader.pull(1, { waitMs: 100 }));
    },
  },
  {
    name: 'F13.3: pull rejects while the broker is down, and the same reader gets the message when it is up',
    async check(fixture) {
      await fixture.send([sampleEnvelope({ id: 'survivor', type: fixture.routableType })]);
      await fixture.setAvailable(false);
      await assertPullRejects(fixture, fixture.reader.pull(1, { waitMs: 100 }));
      await fixture.setAvailable(true);
      const { envelope } = await whenAvailable(fixture, () => pullOne(fixture));
      assert.equal(envelope.id, 'survivor');
    },
  },
  {
    name: 'F13.3: a broker that goes down ends a waiting pull',
    async check(fixture) {
      const pull = fixture.reader.pull(1, { waitMs: 3_600_000 });
      assert.equal(await hasSettled(pull), false);
      await fixture.setAvailable(false);
      await assertPullRejects(fixture, pull);
    },
  },
];

export const pullRules: readonly QueueReaderRule[] = [
  ...contentRules,
  ...waitingRules,
  ...abortRules,
  ...unreachableRules,
];
