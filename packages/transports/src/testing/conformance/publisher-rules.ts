import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import type { Receipt } from '@holdfast/core';
import type { ConformanceRule } from './conformance-rule.ts';
import { bounds, settlesWithin } from './passing-time.ts';
import { publishUntilAccepted } from './publish-until-accepted.ts';
import { PublishWindow } from './publish-window.ts';
import type { PublisherCapability, PublisherFixture } from './publisher-fixture.ts';
import { idsOf, plain, sampleEnvelope, sampleEnvelopes } from './sample-envelope.ts';

type PublisherRule = ConformanceRule<PublisherFixture, PublisherCapability>;

function outcomes(receipts: readonly Receipt[]): readonly string[] {
  return receipts.map(({ outcome }) => outcome);
}

const receiptRules: readonly PublisherRule[] = [
  {
    name: 'a batch gets one receipt per message, each at the index of its message',
    async check({ publisher, routableType: type, unroutableType }) {
      const [first, ...others] = sampleEnvelopes(3, { type });
      assert.ok(first !== undefined);
      const bad = sampleEnvelope({ id: 'bad', type: unroutableType });
      const receipts = await publisher.publish([first, bad, ...others]);
      assert.deepEqual(outcomes(receipts), ['accepted', 'rejected', 'accepted', 'accepted']);
    },
  },
  {
    name: 'an empty batch gets no receipts',
    async check({ publisher }) {
      assert.deepEqual([...(await publisher.publish([]))], []);
    },
  },
  {
    name: 'an accepted message arrives with its identity, key, attributes and every byte of its body',
    async check(fixture) {
      const { publisher, routableType: type } = fixture;
      const sent = [
        sampleEnvelope({ id: 'all-bytes', type, key: 'order-1' }),
        sampleEnvelope({ id: 'no-key', type, key: null }),
        sampleEnvelope({ id: 'empty', type, key: 'order-2', body: new Uint8Array(0) }),
        { ...sampleEnvelope({ id: 'no-attributes', type }), attributes: Object.create(null) },
      ];
      assert.deepEqual(outcomes(await publisher.publish(sent)), new Array(sent.length).fill('accepted'));
      const byId = new Map((await fixture.receiveAll()).map((envelope) => [envelope.id, plain(envelope)]));
      assert.deepEqual(byId, new Map(sent.map((envelope) => [envelope.id, plain(envelope)])));
    },
  },
  {
    name: 'the sender may use the memory of a body again once the receipt is given',
    async check(fixture) {
      const { publisher, routableType: type } = fixture;
      const envelope = sampleEnvelope({ id: 'reused', type, body: Uint8Array.of(1, 2, 3) });
      await publisher.publish([envelope]);
      envelope.body.fill(9);
      assert.deepEqual(
        (await fixture.receiveAll()).map(({ body }) => Array.from(body)),
        [[1, 2, 3]],
      );
    },
  },
];

const rejectionRules: readonly PublisherRule[] = [
  {
    name: 'a message that no queue gets is rejected with a reason, and its neighbours arrive',
    async check(fixture) {
      const { publisher, routableType: type, unroutableType } = fixture;
      const lost = sampleEnvelope({ id: 'lost', type: unroutableType, key: 'k' });
      const receipts = await publisher.publish([
        sampleEnvelope({ id: 'before', type, key: 'a' }),
        lost,
        sampleEnvelope({ id: 'after', type, key: 'b' }),
      ]);
      assert.deepEqual(outcomes(receipts), ['accepted', 'rejected', 'accepted']);
      assertHasReason(receipts[1]);
      assert.deepEqual(idsOf(await fixture.receiveAll()).sort(), ['after', 'before']);
    },
  },
  {
    name: 'a body above the limit is rejected with a reason, one at the limit arrives',
    async check(fixture) {
      const { publisher, routableType: type, maxMessageBytes } = fixture;
      const receipts = await publisher.publish([
        sampleEnvelope({ id: 'above', type, body: new Uint8Array(maxMessageBytes + 1) }),
        sampleEnvelope({ id: 'at', type, body: new Uint8Array(maxMessageBytes).fill(7) }),
      ]);
      assert.deepEqual(outcomes(receipts), ['rejected', 'accepted']);
      assertHasReason(receipts[0]);
      const received = await fixture.receiveAll();
      assert.deepEqual(idsOf(received), ['at']);
      assert.ok(received[0]?.body.length === maxMessageBytes && received[0].body.every((byte) => byte === 7));
    },
  },
];

const outageRules: readonly PublisherRule[] = [
  {
    name: 'F4.1: while the broker is down publish does not reject, and nothing is accepted or rejected',
    async check(fixture) {
      const { publisher, routableType: type } = fixture;
      await fixture.setAvailable(false);
      const receipts = await publisher.publish(sampleEnvelopes(3, { type, key: 'k' }));
      assert.equal(receipts.length, 3);
      for (const { outcome } of receipts) assert.ok(outcome === 'unavailable' || outcome === 'unknown', outcome);
    },
  },
  {
    name: 'F4.1: the same publisher is accepted again after an outage',
    async check(fixture) {
      const { publisher, routableType: type } = fixture;
      await fixture.setAvailable(false);
      await publisher.publish([sampleEnvelope({ id: 'during', type })]);
      await fixture.setAvailable(true);
      await publishUntilAccepted(fixture, publisher, [sampleEnvelope({ id: 'after', type })]);
      assert.ok(idsOf(await fixture.receiveAll()).includes('after'));
    },
  },
  {
    name: 'what ends as unavailable was not taken, what ends as accepted was',
    async check(fixture) {
      const { publisher, routableType: type } = fixture;
      const window = new PublishWindow(publisher);
      await throughAnOutage(fixture, (prefix) => window.publish(sampleEnvelopes(5, { type }, prefix)));
      const sent = await window.settled();
      const received = new Set(idsOf(await fixture.receiveAll()));
      for (const { envelope, receipt } of sent) {
        if (receipt?.outcome === 'unavailable') assert.ok(!received.has(envelope.id), `"${envelope.id}" was taken`);
        if (receipt?.outcome === 'accepted') assert.ok(received.has(envelope.id), `"${envelope.id}" was not taken`);
      }
    },
  },
];

const orderRules: readonly PublisherRule[] = [
  {
    name: 'messages are handed over in the order of the calls and of the batch, also with several calls in flight',
    needs: 'order',
    async check(fixture) {
      const { publisher, routableType: type } = fixture;
      const window = new PublishWindow(publisher);
      for (let call = 0; call < 20; call += 1) window.publish(sampleEnvelopes(5, { type, key: 'k' }, `${call}.`));
      const sent = await window.settled();
      assert.deepEqual(
        idsOf(await fixture.receiveAll()),
        sent.map(({ envelope }) => envelope.id),
      );
    },
  },
  {
    name: 'F4.5: an outage lets no message overtake an earlier one of its key that failed',
    async check(fixture) {
      const { publisher, routableType: type } = fixture;
      const window = new PublishWindow(publisher);
      await throughAnOutage(fixture, (prefix) => {
        window.publish(sampleEnvelopes(5, { type, key: 'a' }, `a${prefix}`));
        window.publish(sampleEnvelopes(5, { type, key: 'b' }, `b${prefix}`));
      });
      await window.assertNothingOvertakesAFailure();
    },
  },
  {
    name: 'an aborted call lets no message overtake an earlier one of its key that failed',
    async check({ publisher, routableType: type }) {
      const window = new PublishWindow(publisher);
      window.publish(sampleEnvelopes(3, { type, key: 'k' }, 'aborted'), { signal: AbortSignal.abort() });
      window.publish(sampleEnvelopes(3, { type, key: 'k' }, 'later'));
      await window.assertNothingOvertakesAFailure();
    },
  },
];

const waitingRules: readonly PublisherRule[] = [
  {
    name: 'a call with an aborted signal settles: what was never sent is unavailable, and does not arrive',
    async check(fixture) {
      const { publisher, routableType: type } = fixture;
      const receipts = await publisher.publish(sampleEnvelopes(2, { type }), { signal: AbortSignal.abort() });
      assert.deepEqual(outcomes(receipts), ['unavailable', 'unavailable']);
      assert.deepEqual(idsOf(await fixture.receiveAll()), []);
    },
  },
  {
    name: 'calls leave no listener on a signal that outlives them',
    async check(fixture) {
      const { signal } = new AbortController();
      const calls = [1, 2, 3].map((call) =>
        fixture.publisher.publish(sampleEnvelopes(2, { type: fixture.routableType }, `${call}.`), { signal }),
      );
      await Promise.all(calls);
      assert.equal(getEventListeners(signal, 'abort').length, 0);
    },
  },
  {
    name: 'F4.5: a call settles within its deadline when the broker does not answer, and is not accepted',
    needs: 'silence',
    async check(fixture) {
      const { publisher, routableType: type, silence } = fixture;
      assert.ok(silence !== null, 'the fixture has no "silence"');
      await silence.begin();
      const call = publisher.publish(sampleEnvelopes(2, { type, key: 'k' }));
      const settles = await settlesWithin(fixture, call, silence.deadlineMs);
      assert.ok(settles, 'the call is still waiting after its deadline');
      for (const { outcome } of await call) assert.ok(outcome === 'unknown' || outcome === 'unavailable', outcome);
    },
  },
  {
    name: 'F4.5: aborting ends the wait for a broker that does not answer',
    needs: 'silence',
    async check(fixture) {
      const { publisher, routableType: type, silence } = fixture;
      assert.ok(silence !== null, 'the fixture has no "silence"');
      await silence.begin();
      const controller = new AbortController();
      const call = publisher.publish(sampleEnvelopes(2, { type }), { signal: controller.signal });
      controller.abort();
      assert.ok(await settlesWithin(fixture, call, bounds.quietMs), 'the call is still waiting after it was aborted');
      for (const { outcome } of await call) assert.ok(outcome === 'unknown' || outcome === 'unavailable', outcome);
    },
  },
];

/** Every rule of the contract {@link Publisher}. */
export const publisherRules: readonly PublisherRule[] = [
  ...receiptRules,
  ...rejectionRules,
  ...outageRules,
  ...orderRules,
  ...waitingRules,
];

/** Publishes before, while and after the broker goes down and comes up again, without waiting for receipts. */
async function throughAnOutage(fixture: PublisherFixture, publish: (prefix: string) => void): Promise<void> {
  publish('up-');
  const down = fixture.setAvailable(false);
  publish('going-down-');
  await down;
  publish('down-');
  const up = fixture.setAvailable(true);
  publish('coming-up-');
  await up;
  publish('up-again-');
}

function assertHasReason(receipt: Receipt | undefined): void {
  assert.ok(receipt?.outcome === 'rejected' && receipt.reason.length > 0, 'the receipt has no reason');
}
