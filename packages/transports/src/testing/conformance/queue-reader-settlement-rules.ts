import assert from 'node:assert/strict';
import type { Delivery } from '@holdfast/core';
import { readDeadLetter } from '../../dead-letter/dead-letter.ts';
import type { ConformanceRule } from './conformance-rule.ts';
import { assertLeaseLost, assertNothingBefore, assertNothingToPull, passLease, pullAll, pullOne } from './pull-all.ts';
import type { QueueReaderCapability, QueueReaderFixture } from './queue-reader-fixture.ts';
import { idsOf, plain, sampleEnvelope, sampleEnvelopes } from './sample-envelope.ts';

type QueueReaderRule = ConformanceRule<QueueReaderFixture, QueueReaderCapability>;

const ackRules: readonly QueueReaderRule[] = [
  {
    name: 'an acked message is never delivered again',
    async check(fixture) {
      await fixture.send(sampleEnvelopes(3, { type: fixture.routableType }));
      for (const delivery of await pullAll(fixture, 3)) await delivery.ack();
      await fixture.passTime(2 * fixture.leaseMs);
      await assertNothingToPull(fixture, 'after it was acked', fixture.otherReader);
    },
  },
  {
    name: 'settling concerns one message: the others of a pull come back, in any order of acks',
    async check(fixture) {
      await fixture.send(sampleEnvelopes(6, { type: fixture.routableType }));
      const [first, second, kept, ...last] = await pullAll(fixture, 6);
      for (const delivery of [...last.toReversed(), first, second]) await delivery?.ack();
      await passLease(fixture);
      const again = await pullOne(fixture, fixture.otherReader);
      assert.equal(again.envelope.id, kept?.envelope.id);
      await assertNothingToPull(fixture, 'but the one that was not acked', fixture.otherReader);
    },
  },
];

const settlements: Readonly<Record<string, (delivery: Delivery) => Promise<void>>> = {
  ack: (delivery) => delivery.ack(),
  retry: (delivery) => delivery.retry(0),
  'retry with a delay': (delivery) => delivery.retry(60_000),
  deadLetter: (delivery) => delivery.deadLetter('Refused by a test.'),
};

const onceRules: readonly QueueReaderRule[] = Object.entries(settlements).map(([name, settle]) => ({
  name: `a message is settled once: after ${name}, every other settlement rejects with LeaseLostError`,
  async check(fixture) {
    await fixture.send([sampleEnvelope({ id: 'm', type: fixture.routableType })]);
    const delivery = await pullOne(fixture);
    await settle(delivery);
    for (const [second, settleAgain] of Object.entries(settlements)) {
      await assertLeaseLost(settleAgain(delivery), `${second} after ${name}`);
    }
    await assertLeaseLost(delivery.extend(fixture.leaseMs), `extend after ${name}`);
  },
}));

const retryRules: readonly QueueReaderRule[] = [
  {
    name: 'a message that is handed back is delivered again after its delay, and not before',
    async check(fixture) {
      const delayMs = 2 * fixture.leaseMs;
      await fixture.send([sampleEnvelope({ id: 'm', type: fixture.routableType })]);
      const delivery = await pullOne(fixture);
      const endsAt = fixture.clock.monotonic() + delayMs;
      await delivery.retry(delayMs);
      await assertNothingBefore(fixture, endsAt, { when: 'right after it was handed back' });
      await fixture.passTime(0.75 * delayMs);
      await assertNothingBefore(fixture, endsAt, { when: 'before its delay has passed' });
      await fixture.passTime(0.25 * delayMs);
      assert.equal((await pullOne(fixture)).envelope.id, 'm');
    },
  },
  {
    name: 'a message that is handed back without delay is delivered again before its lease would end',
    async check(fixture) {
      await fixture.send([sampleEnvelope({ id: 'm', type: fixture.routableType })]);
      const delivery = await pullOne(fixture);
      await delivery.extend(20 * fixture.leaseMs);
      const { leaseEndsAt } = delivery;
      await delivery.retry(0);
      assert.equal((await pullOne(fixture)).envelope.id, 'm');
      assert.ok(fixture.clock.monotonic() < leaseEndsAt, 'it came when its lease ended');
    },
  },
];

const deadLetterRules: readonly QueueReaderRule[] = [
  {
    name: 'F5.8, F5.10: a dead-lettered message leaves the queue and is in the dead-letter queue with its bytes and reason',
    async check(fixture) {
      const sent = sampleEnvelope({ id: 'poison', type: fixture.routableType, key: 'order-1' });
      await fixture.send([sent]);
      await (await pullOne(fixture)).deadLetter('No handler for this type.');
      const letter = readDeadLetter((await pullOne(fixture, fixture.deadLetterReader)).envelope);
      assert.ok(letter !== null, 'the dead letter carries no reason');
      assert.equal(letter.reason, 'No handler for this type.');
      assert.deepEqual(plain(letter.envelope), plain(sent));
      await fixture.passTime(2 * fixture.leaseMs);
      await assertNothingToPull(fixture, 'after it was dead-lettered');
    },
  },
  {
    name: 'only dead-lettered messages are in the dead-letter queue',
    async check(fixture) {
      await fixture.send(sampleEnvelopes(3, { type: fixture.routableType }));
      const [acked, retried, dead] = await pullAll(fixture, 3);
      await acked?.ack();
      await retried?.retry(0);
      await dead?.deadLetter('Refused.');
      const letters = await pullAll(fixture, 1, fixture.deadLetterReader);
      assert.deepEqual(idsOf(letters.map(({ envelope }) => envelope)), [dead?.envelope.id]);
      await assertNothingToPull(fixture, 'but the dead letter', fixture.deadLetterReader);
    },
  },
];

export const settlementRules: readonly QueueReaderRule[] = [
  ...ackRules,
  ...onceRules,
  ...retryRules,
  ...deadLetterRules,
];
