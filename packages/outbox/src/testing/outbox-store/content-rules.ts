import assert from 'node:assert/strict';
import { hostileStrings } from '@holdfast/core/testing';
import type { LogRecord } from '../../store/log-record.ts';
import type { OutboxStoreRule } from './outbox-store-rule.ts';
import type { StoreProbe } from './store-probe.ts';

/** What goes in comes out. */
export const contentRules: readonly OutboxStoreRule[] = [
  {
    name: 'bodies come back byte for byte, alone and in one append with others',
    async run(probe) {
      for (const body of bodies()) await assertRoundTrip(probe, [probe.record({ body })]);
      await assertRoundTrip(
        probe,
        bodies().map((body, index) => probe.record({ body, key: index % 2 === 0 ? 'k' : null })),
      );
    },
  },
  {
    name: 'hostile ids, sources, types and keys come back as they were, alone and in one append with others',
    async run(probe) {
      const records = storable.flatMap((text) => [
        probe.record({ id: `id ${text}`, source: text, type: text, key: text }),
        probe.record({ id: text, key: null }),
      ]);
      for (const record of records.slice(0, 12)) await assertRoundTrip(probe, [record]);
      await assertRoundTrip(probe, records);
    },
  },
  {
    name: 'attributes come back as they were, whatever their text',
    async run(probe) {
      const attributes = Object.fromEntries(hostileStrings.map((text, index) => [`hostile${index}`, text]));
      await assertRoundTrip(probe, [
        probe.record({ attributes }),
        probe.record({ attributes: { subject: 'order/1', traceparent: '00-ab', constructor: 'c', tostring: 't' } }),
        probe.record(),
      ]);
    },
  },
  {
    name: 'a message that was delayed, replayed or parked comes back as it was',
    async run(probe) {
      const attributes = { subject: 'a "b" \u0000 \ud800' };
      const record = probe.record({ key: "k'; --", body: hostileBytes, attributes, delayMs: 1_000 });
      await probe.send(record);
      await probe.fixture.elapse(60_000);
      assert.equal(await probe.store.housekeeping.promoteDelayed(1), 1);
      await assertReturned(probe, [record]);
      await probe.drain();
      await probe.fixture.elapse(2);
      const filter = { from: 0, to: await probe.fixture.now() };
      assert.equal((await probe.store.replay.copy(filter, { afterPosition: 0, limit: 10 })).copied, 1);
      await assertReturned(probe, [record]);
      await probe.drain();
      const parked = { ...record, delayMs: 0 };
      const { claim } = await probe.park([parked], ['rejected']);
      await probe.store.parking.request({ key: "k'; --" }, 'redrive');
      const [request] = await probe.store.parking.requests(claim, 1);
      assert.deepEqual(plain(request?.entry.envelope), plain(record.envelope));
    },
  },
  {
    name: 'what the sender does to its buffer after the append changes nothing',
    async run(probe) {
      const body = new Uint8Array([1, 2, 3]);
      await probe.send(probe.record({ body }));
      body.fill(9);
      const [entry] = await probe.waiting();
      assert.deepEqual([...(entry?.envelope.body ?? [])], [1, 2, 3]);
    },
  },
  {
    name: 'two messages with one id are two messages',
    async run(probe) {
      await probe.send(probe.record({ id: 'same' }), probe.record({ id: 'same' }));
      assert.deepEqual(await probe.drain(), ['same', 'same']);
    },
  },
];

/** What a message's identity may contain: well-formed text without NUL, which PostgreSQL cannot store. */
const storable = hostileStrings.filter(
  (text) => text.isWellFormed() && !text.includes('\u0000') && text.length < 1_000,
);

/** Every byte, in an order that is no UTF-8. */
const hostileBytes = Uint8Array.from({ length: 512 }, (_, index) => (index * 73) % 256);

function bodies(): readonly Uint8Array[] {
  const utf8 = new TextEncoder();
  return [
    new Uint8Array(0),
    new Uint8Array([0]),
    hostileBytes,
    utf8.encode('{"nul":"\\u0000","lone":"\\ud800","big":12345678901234567890,"b":1,"a":2}'),
    utf8.encode('\\x00 \\\\ \' " $1 ?'),
    new Uint8Array([0xc3, 0x28, 0xff, 0xfe, 0xed, 0xa0, 0x80]),
    new Uint8Array(256 * 1_024).map((_, index) => index % 251),
    // A view into a larger buffer.
    new Uint8Array(new Uint8Array([1, 2, 3, 4, 5]).buffer, 1, 3),
  ];
}

async function assertRoundTrip(probe: StoreProbe, records: readonly LogRecord[]): Promise<void> {
  await probe.send(...records);
  await assertReturned(probe, records);
  await probe.drain(0, 1_000);
}

async function assertReturned(probe: StoreProbe, records: readonly LogRecord[]): Promise<void> {
  const entries = await probe.waiting();
  assert.deepEqual(
    entries.map(({ envelope }) => plain(envelope)),
    records.map(({ envelope }) => plain(envelope)),
  );
}

/** Without the differences that do not count: prototypes, and kinds of byte arrays. */
function plain(envelope: LogRecord['envelope'] | undefined) {
  assert.ok(envelope !== undefined);
  assert.ok(envelope.body instanceof Uint8Array);
  return { ...envelope, attributes: { ...envelope.attributes }, body: Buffer.from(envelope.body).toString('hex') };
}
