import assert from 'node:assert/strict';
import type { Delivery } from '@holdfast/core';
import { type DeadLetter, readDeadLetter } from '../../dead-letter/dead-letter.ts';
import { declareQueue } from './declared-queue.ts';
import { bounds } from './passing-time.ts';
import { publishUntilAccepted } from './publish-until-accepted.ts';
import { pullFrom, waitFor } from './pull-all.ts';
import { idsOf, plain, sampleEnvelope } from './sample-envelope.ts';
import type { TransportRule } from './transport-rule.ts';

export const deadLetterRules: readonly TransportRule[] = [
  {
    name: 'the dead letters of two queues that share a dead-letter queue say where they come from',
    async check(world) {
      const transport = await world.connect();
      const [dead, type] = [world.name('dead'), world.name('placed')];
      const queues = [world.name('payment'), world.name('mail')];
      for (const queue of queues) {
        await transport.declare({ queue, types: [type], deadLetterQueue: dead, leaseMs: world.leaseMs });
      }
      await publishUntilAccepted(world, transport, [sampleEnvelope({ id: 'm', type })]);
      for (const queue of queues) {
        const [delivery] = await pullFrom(world, transport.reader(queue), 1);
        await delivery?.deadLetter(`Refused by ${queue}.`);
      }
      const letters = (await pullFrom(world, transport.reader(dead), 2)).map(letterOf);
      const origins = letters.map(({ queue, reason }) => `${queue}: ${reason}`);
      assert.deepEqual(origins.sort(), queues.map((queue) => `${queue}: Refused by ${queue}.`).sort());
    },
  },
  {
    name: 'a dead letter says when, and how often it was delivered, and can be acked and handed back as any message',
    async check(world) {
      const { send, sender, queue, deadLetterQueue } = await declareQueue(world);
      await send(1);
      const startedAt = world.clock.now();
      const reader = sender.reader(queue);
      const [first] = await pullFrom(world, reader, 1);
      await first?.retry(0);
      const [second] = await pullFrom(world, reader, 1);
      await second?.deadLetter('Refused.');
      const deadLetters = sender.reader(deadLetterQueue);
      const [delivery] = await pullFrom(world, deadLetters, 1);
      assert.ok(delivery !== undefined);
      const { deliveryCount, time } = letterOf(delivery);
      assert.equal(deliveryCount, second?.deliveryCount);
      // The broker's clock may differ from ours.
      assert.ok(Math.abs(time - startedAt) < 300_000, `${time} is not near ${startedAt}`);
      await delivery.retry(0);
      const [again] = await pullFrom(world, deadLetters, 1);
      assert.equal(letterOf(again).reason, 'Refused.');
      await again?.ack();
      const rest = await waitFor(world, deadLetters.pull(1, { waitMs: bounds.quietMs }));
      assert.deepEqual([...rest], [], 'nothing was to come after the ack');
    },
  },
  {
    name: 'a reason of any text dead-letters the message, which keeps its bytes and attributes',
    async check(world) {
      const { type, sender, queue, deadLetterQueue } = await declareQueue(world);
      const reasons = ['Two\r\nlines\u0000.', 'x'.repeat(10_000), '\ud800 ☃ 𝄞', '', `"'; drop table orders; --`];
      const sent = reasons.map((_, index) => sampleEnvelope({ id: `m${index}`, type, key: `k${index}` }));
      await publishUntilAccepted(world, sender, sent);
      for (const delivery of await pullFrom(world, sender.reader(queue), sent.length)) {
        await delivery.deadLetter(reasons[Number(delivery.envelope.id.slice(1))] ?? '');
      }
      const letters = (await pullFrom(world, sender.reader(deadLetterQueue), sent.length)).map(letterOf);
      letters.sort((one, other) => one.envelope.id.localeCompare(other.envelope.id));
      assert.deepEqual(
        letters.map(({ envelope }) => plain(envelope)),
        sent.map(plain),
      );
      assert.equal(letters[1]?.reason.startsWith('xxxxxxxxxx'), true, 'a long reason keeps its beginning');
      assert.equal(letters[4]?.reason, reasons[4]);
    },
  },
  {
    name: 'F5.10: what is no message moves to the dead-letter queue with its bytes and a reason, and those behind it are delivered',
    needs: 'raw',
    async check(world) {
      assert.ok(world.sendRaw !== null, 'the world has no "sendRaw"');
      const { queue, deadLetterQueue, sender, send } = await declareQueue(world);
      const bytes = new TextEncoder().encode('{"this": "is no message"');
      await world.sendRaw(queue, bytes);
      await send(2);
      const reader = sender.reader(queue);
      const deliveries = await pullFrom(world, reader, 2);
      assert.deepEqual(idsOf(deliveries.map(({ envelope }) => envelope)).sort(), ['m0', 'm1']);
      for (const delivery of deliveries) await delivery.ack();
      const [delivery] = await pullFrom(world, sender.reader(deadLetterQueue), 1);
      const { envelope, reason, queue: origin } = letterOf(delivery);
      assert.deepEqual(Buffer.from(envelope.body), Buffer.from(bytes));
      assert.ok(reason.length > 0, 'the dead letter has no reason');
      assert.equal(origin, queue);
      assert.deepEqual([...(await waitFor(world, reader.pull(1, { waitMs: bounds.quietMs })))], []);
    },
  },
];

function letterOf(delivery: Delivery | undefined): DeadLetter {
  const letter = delivery && readDeadLetter(delivery.envelope);
  assert.ok(letter, 'the dead letter carries no mark');
  return letter;
}
