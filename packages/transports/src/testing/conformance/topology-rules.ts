import assert from 'node:assert/strict';
import { isHoldfastError } from '@holdfast/core';
import { hostileNames } from '@holdfast/core/testing';
import { declareQueue } from './declared-queue.ts';
import { bounds } from './passing-time.ts';
import { publishUntilAccepted } from './publish-until-accepted.ts';
import { pullFrom, waitFor } from './pull-all.ts';
import { idsOf, sampleEnvelope, sampleEnvelopes } from './sample-envelope.ts';
import type { TransportRule } from './transport-rule.ts';
import type { TransportWorld } from './transport-world.ts';
import { receiveAll } from './world-fixtures.ts';

const groupRules: readonly TransportRule[] = [
  {
    name: 'every group gets every message that it binds, "*" binds all, and nobody gets another',
    async check(world) {
      const transport = await world.connect();
      const { leaseMs } = world;
      const [placed, paid] = [world.name('placed'), world.name('paid')];
      const [payment, mail, audit] = [world.name('payment'), world.name('mail'), world.name('audit')];
      await transport.declare({ queue: payment, types: [placed], leaseMs });
      await transport.declare({ queue: mail, types: [paid, placed], leaseMs });
      await transport.declare({ queue: audit, types: ['*'], leaseMs });
      await publishUntilAccepted(world, transport, [
        sampleEnvelope({ id: 'placed', type: placed }),
        sampleEnvelope({ id: 'paid', type: paid }),
        sampleEnvelope({ id: 'other', type: world.name('other') }),
      ]);
      const expected = { [payment]: ['placed'], [mail]: ['paid', 'placed'], [audit]: ['other', 'paid', 'placed'] };
      for (const [queue, ids] of Object.entries(expected)) {
        assert.deepEqual(idsOf(await receiveAll(world, transport.reader(queue))).sort(), ids, queue);
      }
    },
  },
  {
    name: 'clients that declare the same group share its messages: none is delivered to both',
    async check(world) {
      const { queue, type, leaseMs, deadLetterQueue, send } = await declareQueue(world);
      const clients = [await world.connect(), await world.connect()];
      for (const client of clients) await client.declare({ queue, types: [type], leaseMs, deadLetterQueue });
      await send(12);
      const ids: string[] = [];
      for (const client of clients) {
        const deliveries = await pullFrom(world, client.reader(queue), 6);
        ids.push(...idsOf(deliveries.map(({ envelope }) => envelope)));
      }
      assert.deepEqual(ids.sort(), idsOf(sampleEnvelopes(12, { type })).sort());
    },
  },
  {
    name: 'an event type is bound as it is written: what looks like a pattern matches itself only',
    async check(world) {
      const transport = await world.connect();
      const word = world.name('a');
      const types = [`${word}.*`, `${word}.#`, `${word}.%`, `${word}._`, `${word}.?`, `${word}.b.c`];
      const queue = world.name('patterns');
      await transport.declare({ queue, types, leaseMs: world.leaseMs });
      const strangers = [`${word}.x`, `${word}.b`, `${word}.x.y`, word.toUpperCase(), `${word}.B.C`, word];
      const receipts = await waitFor(
        world,
        transport.publish([...types, ...strangers].map((type) => sampleEnvelope({ id: type, type }))),
      );
      const accepted = [...types, ...strangers].filter((_, index) => receipts[index]?.outcome === 'accepted');
      assert.deepEqual(accepted, types);
      assert.deepEqual(idsOf(await receiveAll(world, transport.reader(queue))).sort(), types.toSorted());
    },
  },
  {
    name: 'messages wait in a declared queue until somebody reads it',
    async check(world) {
      const { queue, send, sender } = await declareQueue(world);
      await send(5);
      await sender.close();
      assert.equal((await pullFrom(world, (await world.connect()).reader(queue), 5)).length, 5);
    },
  },
];

const declarationRules: readonly TransportRule[] = [
  {
    name: 'declaring the same queue again changes nothing, whoever does it and in whatever order it names the types',
    async check(world) {
      const sender = await world.connect();
      const [queue, one, two] = [world.name('work'), world.name('one'), world.name('two')];
      await sender.declare({ queue, types: [one, two], leaseMs: world.leaseMs });
      await publishUntilAccepted(world, sender, [sampleEnvelope({ id: 'before', type: one })]);
      const other = await world.connect();
      await sender.declare({ queue, types: [one, two], leaseMs: world.leaseMs });
      await other.declare({ queue, types: [two, one, two], leaseMs: world.leaseMs });
      await publishUntilAccepted(world, other, [sampleEnvelope({ id: 'after', type: two })]);
      assert.deepEqual(idsOf(await receiveAll(world, other.reader(queue))).sort(), ['after', 'before']);
    },
  },
  ...(['types', 'leaseMs', 'deadLetterQueue'] as const).map(
    (property): TransportRule => ({
      name: `declaring a queue with another "${property}" rejects with the name of the property, and the queue stays as it was`,
      async check(world) {
        const { queue, type, leaseMs, deadLetterQueue, send, sender } = await declareQueue(world);
        const changes = {
          types: { types: [type, world.name('more')] },
          leaseMs: { leaseMs: 2 * leaseMs },
          deadLetterQueue: { deadLetterQueue: world.name('elsewhere') },
        };
        const declaration = { queue, types: [type], leaseMs, deadLetterQueue, ...changes[property] };
        for (const client of [sender, await world.connect()]) {
          const mismatch = { code: 'ERR_TRANSPORTS_QUEUE_MISMATCH', queue, property };
          await assert.rejects(waitFor(world, client.declare(declaration)), mismatch, `another ${property} was taken`);
        }
        await assertBindsOnly(world, { queue, type, client: sender });
        await send(1);
        assert.equal((await pullFrom(world, sender.reader(queue), 1)).length, 1);
      },
    }),
  ),
  {
    name: 'a queue name is refused by an error that has a code, or the queue works',
    async check(world) {
      const transport = await world.connect();
      const type = world.name('placed');
      const attempts = hostileNames.map(async (name, index) => {
        const queue = `${world.name('q')}${name}`;
        const declaration = {
          queue,
          types: [`${type}.${index}`],
          deadLetterQueue: world.name(`dead${index}`),
          leaseMs: world.leaseMs,
        };
        const isDeclared = await declares(transport.declare(declaration));
        if (!isDeclared) return;
        await publishUntilAccepted(world, transport, [sampleEnvelope({ id: `${index}`, type: `${type}.${index}` })]);
        const [delivery] = await transport.reader(queue).pull(1, { waitMs: bounds.arrivalMs });
        assert.equal(delivery?.envelope.id, `${index}`, `queue ${JSON.stringify(name)} works`);
      });
      await waitFor(world, Promise.all(attempts));
    },
  },
];

async function declares(declaration: Promise<void>): Promise<boolean> {
  try {
    await declaration;
    return true;
  } catch (error) {
    assert.ok(isHoldfastError(error), `the error has no code: ${String(error).slice(0, 100)}`);
    return false;
  }
}

async function assertBindsOnly(
  world: TransportWorld,
  { queue, type, client }: Pick<Awaited<ReturnType<typeof declareQueue>>, 'queue' | 'type'> & { client: Client },
): Promise<void> {
  const [known, more] = await waitFor(
    world,
    client.publish([sampleEnvelope({ id: 'known', type }), sampleEnvelope({ id: 'more', type: world.name('more') })]),
  );
  assert.deepEqual([known?.outcome, more?.outcome], ['accepted', 'rejected']);
  assert.deepEqual(idsOf(await receiveAll(world, client.reader(queue))), ['known']);
}

type Client = Awaited<ReturnType<TransportWorld['connect']>>;

export const topologyRules: readonly TransportRule[] = [...groupRules, ...declarationRules];
