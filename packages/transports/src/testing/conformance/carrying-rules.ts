import assert from 'node:assert/strict';
import type { Envelope } from '@holdfast/core';
import { hostileJsonBodies, hostileStrings } from '@holdfast/core/testing';
import { declareQueue } from './declared-queue.ts';
import { publishUntilAccepted } from './publish-until-accepted.ts';
import { waitFor } from './pull-all.ts';
import { plain, sampleEnvelope } from './sample-envelope.ts';
import type { TransportRule } from './transport-rule.ts';
import type { TransportWorld } from './transport-world.ts';
import { receiveAll } from './world-fixtures.ts';

/** Larger bodies are left to the rule about the limit. */
const MAX_BODY_BYTES = 262_144;
/** What a queue binds at most. */
const MAX_TYPE_BYTES = 255;
const CONTROL_OR_LONE_SURROGATE = /[\p{Cc}\p{Cs}]/u;

export const carryingRules: readonly TransportRule[] = [
  {
    name: 'every attribute arrives as it was sent: the standard ones, and many long ones of the user that are not ASCII',
    async check(world) {
      const { type } = await declareQueue(world);
      const attributes: Record<string, string> = Object.create(null);
      attributes['time'] = '2026-11-21T08:00:00.000Z';
      attributes['subject'] = 'Zürich ☃ 𝄞 "quoted" \\ back, %20 + & =';
      attributes['dataschema'] = 'https://example.com/schemas/order#2';
      attributes['datacontenttype'] = 'application/json; charset=utf-8';
      attributes['sequence'] = '9007199254740993';
      attributes['sequencestream'] = 'order';
      attributes['correlationid'] = 'correlation-1';
      attributes['causationid'] = 'causation-1';
      attributes['traceparent'] = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
      attributes['empty'] = '';
      for (let index = 0; index < 24; index += 1) attributes[`extension${index}`] = `${index}${'ü☃𝄞 '.repeat(24)}`;
      await assertCarries(world, [{ ...sampleEnvelope({ id: 'full', type, key: 'order-1' }), attributes }]);
    },
  },
  {
    name: 'ids, sources, types and keys arrive as they were sent, as long as core allows them and not cut',
    async check(world) {
      const transport = await world.connect();
      const type = filled(world.name('t'), MAX_TYPE_BYTES);
      await transport.declare({ queue: world.name('work'), types: [type], leaseMs: world.leaseMs });
      const longest = sampleEnvelope({ id: filled('i', 256), type, key: filled('k', 512) });
      const keys = ['null', 'undefined', '0', ' ', '💶', null];
      await assertCarries(world, [
        { ...longest, source: filled('/', 512) },
        { ...longest, id: `${longest.id.slice(0, -1)}y`, key: `${longest.key?.slice(0, -1)}y` },
        ...keys.map((key, index) => sampleEnvelope({ id: `key${index}`, type, key })),
      ]);
    },
  },
  {
    name: 'text that CloudEvents allows arrives as it was sent, in attributes, ids and keys',
    async check(world) {
      const { type } = await declareQueue(world);
      const texts = hostileStrings.filter((text) => text !== '' && text.length <= 256 && isAllowed(text));
      await assertCarries(
        world,
        texts.map((text) => carrying(text, type)),
      );
    },
  },
  {
    name: 'text that nobody should send is rejected or arrives as it was sent: it is never changed',
    async check(world) {
      const { type, sender, queue } = await declareQueue(world);
      const texts = hostileStrings.filter((text) => text === '' || text.length > 256 || !isAllowed(text));
      const sent = texts.flatMap((text, index) => {
        const envelope = carrying(`${index}`, type);
        const attributes: Record<string, string> = Object.assign(Object.create(null), { subject: text });
        return [
          { ...envelope, id: `attribute${index}`, attributes },
          { ...envelope, id: `key${index}`, key: text },
        ];
      });
      const receipts = await waitFor(world, sender.publish(sent));
      const outcomes = new Set(receipts.map(({ outcome }) => outcome));
      assert.ok([...outcomes].every((outcome) => outcome === 'accepted' || outcome === 'rejected'));
      const accepted = sent.filter((_, index) => receipts[index]?.outcome === 'accepted');
      assertSame(await receiveAll(world, sender.reader(queue)), accepted);
    },
  },
  {
    name: 'bodies are bytes: JSON that no parser takes, NUL, text that is not UTF-8 and no text at all arrive as they were sent',
    async check(world) {
      const { type } = await declareQueue(world);
      const bodies = hostileJsonBodies().filter(({ body }) => body.length <= MAX_BODY_BYTES);
      const sent = bodies.map(({ body }, index) => sampleEnvelope({ id: `body${index}`, type, body }));
      const most = world.capabilities.maxMessageBytes;
      await assertCarries(
        world,
        sent.filter(({ body }) => body.length <= most),
      );
    },
  },
];

/** So many bytes of text that begins with `start`. */
function filled(start: string, bytes: number): string {
  const left = bytes - Buffer.byteLength(start);
  return `${start}${'ü'.repeat(Math.floor((left - 1) / 2))}${left % 2 === 0 ? 'xx' : 'x'}`;
}

function isAllowed(text: string): boolean {
  return !CONTROL_OR_LONE_SURROGATE.test(text);
}

/** A message with this text wherever text can be. */
function carrying(text: string, type: string): Envelope {
  const attributes: Record<string, string> = Object.assign(Object.create(null), { subject: text, note: text });
  return { ...sampleEnvelope({ id: text, type, key: text }), attributes };
}

/** Publishes to the queue `work` of the world and reads it. */
async function assertCarries(world: TransportWorld, sent: readonly Envelope[]): Promise<void> {
  const transport = await world.connect();
  await publishUntilAccepted(world, transport, sent);
  assertSame(await receiveAll(world, transport.reader(world.name('work'))), sent);
}

function assertSame(received: readonly Envelope[], sent: readonly Envelope[]): void {
  assert.equal(received.length, sent.length, 'as many messages arrive as were accepted');
  const byId = new Map(received.map((envelope) => [envelope.id, envelope]));
  for (const envelope of sent) {
    const { id } = envelope;
    const arrived = byId.get(id);
    assert.ok(arrived !== undefined, `${JSON.stringify(id)} did not arrive`);
    // Not compared as arrays: the differences of large bodies take a test runner minutes to print.
    assert.ok(Buffer.compare(arrived.body, envelope.body) === 0, `the body of ${JSON.stringify(id)} was changed`);
    const empty = { body: new Uint8Array(0) };
    assert.deepEqual(plain({ ...arrived, ...empty }), plain({ ...envelope, ...empty }));
  }
}
