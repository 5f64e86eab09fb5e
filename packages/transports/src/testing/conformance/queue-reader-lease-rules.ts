import assert from 'node:assert/strict';
import type { ConformanceRule } from './conformance-rule.ts';
import { assertLeaseLost, assertNothingBefore, assertNothingToPull, passLease, pullOne } from './pull-all.ts';
import type { QueueReaderCapability, QueueReaderFixture } from './queue-reader-fixture.ts';
import { sampleEnvelope } from './sample-envelope.ts';

type QueueReaderRule = ConformanceRule<QueueReaderFixture, QueueReaderCapability>;

/** Sends one message and leases it. */
async function leaseOne(fixture: QueueReaderFixture) {
  await fixture.send([sampleEnvelope({ id: 'leased', type: fixture.routableType, key: 'k' })]);
  return pullOne(fixture);
}

const expiryRules: readonly QueueReaderRule[] = [
  {
    name: 'a leased message is not delivered to others before its lease ends',
    async check(fixture) {
      const leaseEndsAt = fixture.clock.monotonic() + fixture.leaseMs;
      await leaseOne(fixture);
      const reader = fixture.otherReader;
      await assertNothingBefore(fixture, leaseEndsAt, { when: 'right after it was leased', reader });
      await fixture.passTime(fixture.leaseMs / 2);
      await assertNothingBefore(fixture, leaseEndsAt, { when: 'while it is leased', reader });
    },
  },
  {
    name: 'F5.1: a message that is not settled before its lease ends is delivered again',
    async check(fixture) {
      await leaseOne(fixture);
      await passLease(fixture);
      const again = await pullOne(fixture, fixture.otherReader);
      assert.equal(again.envelope.id, 'leased');
      assert.ok(again.deliveryCount >= 1);
    },
  },
  {
    name: 'deliveryCount counts each delivery, also those handed back',
    needs: 'delivery-count',
    async check(fixture) {
      await leaseOne(fixture);
      await passLease(fixture);
      const second = await pullOne(fixture, fixture.otherReader);
      assert.equal(second.deliveryCount, 2);
      await second.retry(0);
      assert.equal((await pullOne(fixture)).deliveryCount, 3);
    },
  },
  {
    name: "leaseEndsAt is the end of the lease on the reader's clock",
    async check(fixture) {
      const before = fixture.clock.monotonic();
      const { leaseEndsAt } = await leaseOne(fixture);
      const now = fixture.clock.monotonic();
      assert.ok(leaseEndsAt > now, `${leaseEndsAt} has passed at ${now}`);
      assert.ok(leaseEndsAt <= now + fixture.leaseMs, `${leaseEndsAt} is more than the lease away from ${now}`);
      assert.ok(
        leaseEndsAt >= before + fixture.leaseMs / 2,
        `${leaseEndsAt} is much less than the lease from ${before}`,
      );
    },
  },
];

const lateRules: readonly QueueReaderRule[] = [
  ...(['ack', 'retry', 'deadLetter', 'extend'] as const).map(
    (operation): QueueReaderRule => ({
      name: `F5.5: ${operation} after the lease ended rejects with LeaseLostError, and changes nothing`,
      async check(fixture) {
        const late = await leaseOne(fixture);
        await passLease(fixture);
        const operations = {
          ack: () => late.ack(),
          retry: () => late.retry(10 * fixture.leaseMs),
          deadLetter: () => late.deadLetter('late'),
          extend: () => late.extend(10 * fixture.leaseMs),
        };
        await assertLeaseLost(operations[operation](), operation);
        assert.equal((await pullOne(fixture, fixture.otherReader)).envelope.id, 'leased');
      },
    }),
  ),
  {
    name: 'F5.5: a late holder cannot settle the lease of the next one',
    async check(fixture) {
      const late = await leaseOne(fixture);
      await passLease(fixture);
      const current = await pullOne(fixture, fixture.otherReader);
      await assertLeaseLost(late.ack(), 'ack');
      await assertLeaseLost(late.extend(10 * fixture.leaseMs), 'extend');
      await current.ack();
      await passLease(fixture);
      await assertNothingToPull(fixture, 'after the holder of the lease acked it');
    },
  },
];

const extensionRules: readonly QueueReaderRule[] = [
  {
    name: 'F5.2: an extended message is not delivered to others before its new end, and is afterwards',
    async check(fixture) {
      const delivery = await leaseOne(fixture);
      await fixture.passTime(fixture.leaseMs / 2);
      const leaseEndsAt = fixture.clock.monotonic() + 2 * fixture.leaseMs;
      await delivery.extend(2 * fixture.leaseMs);
      await passLease(fixture);
      const reader = fixture.otherReader;
      await assertNothingBefore(fixture, leaseEndsAt, { when: 'while its lease is extended', reader });
      await passLease(fixture);
      assert.equal((await pullOne(fixture, fixture.otherReader)).envelope.id, 'leased');
    },
  },
  {
    name: 'extend moves leaseEndsAt to so many milliseconds from now, also to an earlier time',
    async check(fixture) {
      const delivery = await leaseOne(fixture);
      for (const ms of [3 * fixture.leaseMs, fixture.leaseMs / 2]) {
        const before = fixture.clock.monotonic();
        await delivery.extend(ms);
        const after = fixture.clock.monotonic();
        const { leaseEndsAt } = delivery;
        assert.ok(leaseEndsAt >= before && leaseEndsAt <= after + ms, `${leaseEndsAt} is not ${ms} from ${after}`);
        assert.ok(leaseEndsAt > before + ms * 0.75, `${leaseEndsAt} is much earlier than ${ms} from ${before}`);
      }
    },
  },
  {
    name: 'F5.2: an extended message can be settled after its first end',
    async check(fixture) {
      const delivery = await leaseOne(fixture);
      await delivery.extend(3 * fixture.leaseMs);
      await fixture.passTime(1.5 * fixture.leaseMs);
      await delivery.ack();
      await fixture.passTime(3 * fixture.leaseMs);
      await assertNothingToPull(fixture, 'after it was acked');
    },
  },
];

export const leaseRules: readonly QueueReaderRule[] = [...expiryRules, ...lateRules, ...extensionRules];
