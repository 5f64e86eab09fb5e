import assert from 'node:assert/strict';
import type { SqlExecutor } from '@holdfast/sql';
import type { BlockedKey, GatedMessage, Sequence } from '../store/gate-store.ts';
import type { InboxStoreFixture } from './inbox-store/inbox-store-fixture.ts';
import type { InboxStoreRule } from './inbox-store/inbox-store-rule.ts';

const sequence: Sequence = { consumer: 'payment', source: '/orders', stream: 'order', key: 'o-1' };
const others: readonly Sequence[] = [
  { ...sequence, consumer: 'stock' },
  { ...sequence, source: '/shop' },
  { ...sequence, stream: 'refund' },
  { ...sequence, key: "o-1'; --" },
];
const GREATEST = 2n ** 63n - 1n;

/** How far sequences are, and what is parked. */
export const gateRules: readonly InboxStoreRule[] = [
  {
    name: 'F5.7: a sequence begins where it is told to, once, and not without being told',
    async run(probe) {
      const { gate } = probe.store;
      assert.equal(await transaction(probe, (executor) => gate.lock(executor, sequence, null)), null);
      assert.deepEqual(await transaction(probe, (executor) => gate.lock(executor, sequence, 41n)), {
        applied: 41n,
        parked: 0,
      });
      for (const begin of [null, 0n, 99n]) {
        const state = await transaction(probe, (executor) => gate.lock(executor, sequence, begin));
        assert.deepEqual(state, { applied: 41n, parked: 0 });
      }
    },
  },
  {
    name: 'a sequence moves on when its transaction commits, and not when it rolls back; others stay where they are',
    async run(probe) {
      const { gate } = probe.store;
      for (const other of [sequence, ...others]) await transaction(probe, (executor) => gate.lock(executor, other, 0n));
      await assert.rejects(advanceAndFail(probe, 1n));
      assert.deepEqual(await stateOf(probe), { applied: 0n, parked: 0 });
      await advance(probe, 1n);
      await advance(probe, GREATEST);
      assert.deepEqual(await stateOf(probe), { applied: GREATEST, parked: 0 });
      for (const other of others) assert.deepEqual(await stateOf(probe, other), { applied: 0n, parked: 0 });
    },
  },
  {
    name: 'F5.7: transactions of one sequence wait for each other, also when both begin it',
    concurrentTransactions: true,
    async run(probe) {
      const { gate } = probe.store;
      const adding = Array.from({ length: 12 }, () =>
        transaction(probe, async (executor) => {
          const state = await gate.lock(executor, sequence, 0n);
          await gate.advance(executor, sequence, (state?.applied ?? 0n) + 1n);
        }),
      );
      await Promise.all(adding);
      assert.deepEqual(await stateOf(probe), { applied: 12n, parked: 0 });
    },
  },
  {
    name: 'a parked message comes back as it was, byte for byte, and only under its own number and sequence',
    async run(probe) {
      const message = parked(5n, { reason: 'Error: "no"', tries: 3, isReplacement: true, role: 'failed' });
      await park(probe, message);
      const { retryInMs: _retryInMs, ...kept } = message;
      assert.deepEqual(plain(await find(probe, 5n)), plain({ ...kept, waitsForRetry: false }));
      assert.equal(await find(probe, 4n), null);
      for (const other of others) assert.equal(await probe.store.gate.parked(probe.executor, other, 5n), null);
    },
  },
  {
    name: 'parking under a number that is taken changes the message there, and counts it once',
    async run(probe) {
      await park(probe, parked(5n));
      await park(probe, parked(5n, { role: 'failed', reason: 'Error: no', tries: 1 }));
      await park(probe, parked(6n));
      const changed = parked(5n, { id: 'another', type: 'other', isReplacement: true });
      await park(probe, changed);
      const found = await find(probe, 5n);
      assert.deepEqual(
        [found?.envelope.id, found?.envelope.type, found?.role, found?.reason, found?.isReplacement],
        ['another', 'other', 'early', null, true],
      );
      assert.deepEqual(await stateOf(probe), { applied: 0n, parked: 2 });
    },
  },
  {
    name: 'moving on removes what was parked up to there, and counts it',
    async run(probe) {
      for (const number of [2n, 3n, 5n, 9n]) await park(probe, parked(number));
      await advance(probe, 4n);
      assert.deepEqual(await stateOf(probe), { applied: 4n, parked: 2 });
      assert.equal(await find(probe, 3n), null);
      assert.notEqual(await find(probe, 5n), null);
      await advance(probe, 9n);
      assert.deepEqual(await stateOf(probe), { applied: 9n, parked: 0 });
    },
  },
  {
    name: 'what is parked in a transaction that rolls back is neither kept nor counted',
    async run(probe) {
      const failing = transaction(probe, async (executor) => {
        await probe.store.gate.lock(executor, sequence, 0n);
        await probe.store.gate.park(executor, parked(2n));
        throw new Error('rolled back');
      });
      await assert.rejects(failing, /rolled back/);
      assert.equal(await find(probe, 2n), null);
      await park(probe, parked(3n));
      assert.deepEqual(await stateOf(probe), { applied: 0n, parked: 1 });
    },
  },
  {
    name: 'a message that is to be tried later waits for that long, by the database’s clock',
    async run(probe) {
      await park(probe, parked(1n, { tries: 1, retryInMs: 3_600_000 }));
      assert.equal((await find(probe, 1n))?.waitsForRetry, true);
      assert.deepEqual(await ready(probe), []);
      await probe.elapse(3_600_001);
      assert.equal((await find(probe, 1n))?.waitsForRetry, false);
      assert.deepEqual(await ready(probe), [sequence]);
    },
  },
  {
    name: 'F5.7: ready are the sequences of the consumer whose next message is parked, early and of a kind that is asked for',
    async run(probe) {
      const of = (key: string, stream = 'order') => ({ ...sequence, key, stream });
      await park(probe, parked(1n, { of: of('ready') }));
      await park(probe, parked(2n, { of: of('gap') }));
      await park(probe, parked(1n, { of: of('failed'), role: 'failed', reason: 'no' }));
      await park(probe, parked(1n, { of: of('other type'), type: 'other' }));
      await park(probe, parked(1n, { of: of('by stream', 'all'), type: 'other' }));
      await park(probe, parked(1n, { of: { ...sequence, consumer: 'stock' } }));
      await transaction(probe, (executor) => probe.store.gate.lock(executor, of('nothing'), 0n));
      assert.deepEqual(await ready(probe), [of('ready')]);
      assert.deepEqual((await ready(probe, { streams: ['all'] })).map(({ key }) => key).toSorted(), [
        'by stream',
        'ready',
      ]);
      assert.equal((await ready(probe, { streams: ['all'], limit: 1 })).length, 1);
      await advance(probe, 1n, of('gap'));
      assert.deepEqual((await ready(probe)).map(({ key }) => key).toSorted(), ['gap', 'ready']);
    },
  },
  {
    name: 'blocked are the sequences of the consumer that cannot go on, with what is next, why, and since when',
    async run(probe) {
      const of = (key: string) => ({ ...sequence, key });
      const before = Date.now();
      await park(probe, parked(4n, { of: of('missing') }));
      await probe.elapse(3_600_000);
      await park(probe, parked(5n, { of: of('missing') }));
      await advance(probe, 1n, of('missing'));
      await park(probe, parked(1n, { of: of('failed'), role: 'failed', reason: 'Error: no', id: 'bad', tries: 1 }));
      await park(probe, parked(2n, { of: of('failed') }));
      await park(probe, parked(1n, { of: of('retrying'), reason: 'Error: later', tries: 2, retryInMs: 1_000 }));
      await park(probe, parked(1n, { of: of('ready') }));
      await park(probe, parked(2n, { of: { ...sequence, consumer: 'stock' } }));
      const blocked = await probe.store.gate.blocked(probe.executor, { consumer: 'payment', limit: 10 });
      assert.deepEqual(
        blocked.map(({ sequence: { key }, next, cause, id, reason, waiting, first, last }) => [
          key,
          ...[next, cause, id, reason, waiting, first, last],
        ]),
        [
          ['missing', 2n, 'missing', null, null, 2, 4n, 5n],
          ['failed', 1n, 'failed', 'bad', 'Error: no', 1, 2n, 2n],
          ['retrying', 1n, 'retrying', 'm1', 'Error: later', 0, 1n, 1n],
        ],
      );
      assertAges(blocked, before);
      assert.equal((await probe.store.gate.blocked(probe.executor, { consumer: 'payment', limit: 2 })).length, 2);
    },
  },
];

/** With room for a clock of the database that is not this one. */
function assertAges([missing, failed]: readonly BlockedKey[], before: number): void {
  assert.ok(missing !== undefined && failed !== undefined);
  const apart = failed.since - missing.since;
  assert.ok(apart >= 3_590_000 && apart <= 3_600_000 + 600_000, `an hour apart: ${apart}`);
  assert.ok(Math.abs(failed.since - before) < 600_000, 'in milliseconds since the epoch');
}

interface ParkedOptions extends Partial<Omit<GatedMessage, 'sequence' | 'number' | 'envelope' | 'digest'>> {
  readonly of?: Sequence;
  readonly id?: string;
  readonly type?: string;
}

function parked(number: bigint, options: ParkedOptions = {}): GatedMessage {
  const { of = sequence, id = `m${number}`, type = 'order.placed', ...rest } = options;
  const attributes = { sequence: String(number), sequencestream: of.stream, subject: 'a "b" \\ ☃' };
  const body = Uint8Array.from({ length: 300 }, (_, index) => (index * 73) % 256);
  const fresh = { role: 'early', reason: null, tries: 0, isReplacement: false, retryInMs: null } as const;
  const envelope = { id, source: of.source, type, key: of.key, attributes, body };
  return { sequence: of, number, envelope, digest: Buffer.from('0123456789abcdef'), ...fresh, ...rest };
}

async function transaction<Result>(
  probe: InboxStoreFixture,
  work: (executor: SqlExecutor) => Promise<Result>,
): Promise<Result> {
  const { executor, commit, rollback } = await probe.begin();
  try {
    const result = await work(executor);
    await commit();
    return result;
  } catch (error) {
    await rollback();
    throw error;
  }
}

async function park(probe: InboxStoreFixture, message: GatedMessage): Promise<void> {
  await transaction(probe, async (executor) => {
    await probe.store.gate.lock(executor, message.sequence, 0n);
    await probe.store.gate.park(executor, message);
  });
}

async function advance(probe: InboxStoreFixture, number: bigint, of = sequence): Promise<void> {
  await transaction(probe, async (executor) => {
    await probe.store.gate.lock(executor, of, 0n);
    await probe.store.gate.advance(executor, of, number);
  });
}

async function advanceAndFail(probe: InboxStoreFixture, number: bigint): Promise<void> {
  await transaction(probe, async (executor) => {
    await probe.store.gate.lock(executor, sequence, 0n);
    await probe.store.gate.advance(executor, sequence, number);
    throw new Error('rolled back');
  });
}

function stateOf(probe: InboxStoreFixture, of = sequence) {
  return transaction(probe, (executor) => probe.store.gate.lock(executor, of, null));
}

function find(probe: InboxStoreFixture, number: bigint) {
  return probe.store.gate.parked(probe.executor, sequence, number);
}

async function ready(
  probe: InboxStoreFixture,
  { streams = [], limit = 10 }: { readonly streams?: readonly string[]; readonly limit?: number } = {},
): Promise<readonly Sequence[]> {
  const query = { consumer: 'payment', limit, streams, types: ['order.placed'] };
  return (await probe.store.gate.ready(probe.executor, query)).map((one) => one.sequence);
}

/** Without the differences that do not count: prototypes, and kinds of byte arrays. */
function plain(message: Awaited<ReturnType<typeof find>>) {
  assert.ok(message !== null);
  const { envelope, digest, ...rest } = message;
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
  return {
    ...rest,
    digest: hex(digest),
    envelope: { ...envelope, attributes: { ...envelope.attributes }, body: hex(envelope.body) },
  };
}
