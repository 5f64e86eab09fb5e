import assert from 'node:assert/strict';
import type { ReplayFilter, ReplayStep } from '../../store/replay-store.ts';
import type { OutboxStoreRule } from './outbox-store-rule.ts';
import { at, type StoreProbe } from './store-probe.ts';

const MINUTE = 60_000;

/** Messages of the past that are sent again. */
export const replayRules: readonly OutboxStoreRule[] = [
  {
    name: 'a replay appends what it finds, with the same ids and in the old order',
    async run(probe) {
      const sent = await probe.send(...probe.records(7, { key: 'k' }));
      await probe.drain();
      assert.equal(await replay(probe, await everything(probe)), 7);
      assert.deepEqual(await probe.drain(), sent);
    },
  },
  {
    name: 'a preview counts what a replay copies',
    async run(probe) {
      await probe.send(
        probe.record({ key: 'a', type: 'order.placed', body: Buffer.alloc(10) }),
        probe.record({ key: 'b', type: 'order.placed', body: Buffer.alloc(200) }),
        probe.record({ key: 'a', type: 'order.paid', body: Buffer.alloc(3_000) }),
        probe.record({ type: '__proto__', body: Buffer.alloc(0) }),
      );
      await probe.drain();
      const all = await everything(probe);
      const cases: readonly [Partial<ReplayFilter>, readonly string[], number][] = [
        [{}, ['m1', 'm2', 'm3', 'm4'], 3_210],
        [{ types: ['order.placed'] }, ['m1', 'm2'], 210],
        [{ keys: ['a'] }, ['m1', 'm3'], 3_010],
        [{ keys: ['a', 'b'], types: ['order.placed', 'order.paid'] }, ['m1', 'm2', 'm3'], 3_210],
        [{ types: [] }, [], 0],
        [{ keys: ["a' or true --"] }, [], 0],
        [{ to: all.from }, [], 0],
      ];
      for (const [narrowed, ids, bytes] of cases) {
        const filter = { ...all, ...narrowed };
        const preview = await probe.store.replay.preview(filter);
        assert.deepEqual([preview.messages, preview.bytes], [ids.length, bytes]);
        assert.equal(await replay(probe, filter), ids.length);
        assert.deepEqual(await probe.drain(), ids);
      }
      const { byType } = await probe.store.replay.preview(all);
      assert.deepEqual(Object.entries(byType).toSorted(), [
        ['__proto__', 1],
        ['order.paid', 1],
        ['order.placed', 2],
      ]);
    },
  },
  {
    name: 'a replay takes what was written at or after its start, and before its end',
    async run(probe) {
      const old = await probe.send(...probe.records(2));
      await probe.fixture.elapse(10 * MINUTE);
      const recent = await probe.send(...probe.records(3));
      await probe.drain();
      const to = (await everything(probe)).to;
      const middle = to - 5 * MINUTE;
      assert.equal(await replay(probe, { from: 0, to: middle }), 2);
      assert.deepEqual(await probe.drain(), old);
      assert.equal(await replay(probe, { from: middle, to }), 3);
      assert.deepEqual(await probe.drain(), recent);
    },
  },
  {
    name: 'a replay does not replay itself',
    async run(probe) {
      await probe.send(...probe.records(5));
      const filter = await everything(probe);
      for (const round of [1, 2]) {
        assert.equal(await replay(probe, filter, 2), 5, `round ${round}`);
        assert.equal((await probe.store.replay.preview(filter)).messages, 5);
      }
      assert.equal((await probe.drain()).length, 15);
    },
  },
  {
    name: 'a replay whose end lies in the future leaves out what is written after it began',
    async run(probe) {
      await probe.send(...probe.records(5));
      const future = { from: 0, to: (await probe.fixture.now()) + 60 * MINUTE };
      const first = await probe.store.replay.copy(future, { afterPosition: 0, limit: 2 });
      assert.ok(first.nextPosition !== null);
      await probe.send(probe.record({ id: 'later' }));
      const { untilPosition } = first;
      const rest = await probe.store.replay.copy(future, {
        afterPosition: first.nextPosition,
        untilPosition,
        limit: 9,
      });
      assert.deepEqual([rest.copied, rest.nextPosition], [3, null]);
      assert.equal(await replay(probe, future, 2), 11);
    },
  },
  {
    name: 'a replay goes step by step, and each step says where to read on',
    async run(probe) {
      const sent = await probe.send(...probe.records(5));
      await probe.drain();
      const filter = await everything(probe);
      const first = await probe.store.replay.copy(filter, { afterPosition: 0, limit: 3 });
      assert.equal(first.copied, 3);
      assert.ok(first.nextPosition !== null);
      assert.deepEqual(await probe.drain(), sent.slice(0, 3));
      const second = await probe.store.replay.copy(filter, { afterPosition: first.nextPosition, limit: 3 });
      assert.deepEqual([second.copied, second.nextPosition], [2, null]);
      assert.deepEqual(await probe.drain(), sent.slice(3));
    },
  },
  {
    name: 'a replay stays within the lanes of each destination',
    async run(probe) {
      await probe.store.declareDestinations([{ name: 'other' }]);
      const other = at(await probe.store.lanes.lanes(), 1).lane;
      await probe.send(probe.record(), probe.record({ destination: 'other' }));
      await probe.drain(0);
      await probe.drain(other);
      assert.equal(await replay(probe, await everything(probe)), 2);
      assert.deepEqual(await probe.drain(0), ['m1']);
      assert.deepEqual(await probe.drain(other), ['m2']);
    },
  },
  {
    name: 'a replay takes the commit-order locks of its keys',
    concurrentTransactions: true,
    async run(probe) {
      await probe.send(probe.record({ id: 'past', key: 'k' }));
      await probe.drain();
      const filter = await everything(probe);
      const commits: string[] = [];
      const open = await probe.begin();
      await open.append([probe.record({ id: 'open', key: 'k' })]);
      const replayed = replay(probe, filter).then(() => commits.push('past'));
      await probe.pause();
      await open.commit();
      commits.push('open');
      await replayed;
      assert.deepEqual(commits, ['open', 'past']);
      assert.deepEqual(await probe.drain(), commits);
    },
  },
  {
    name: 'a preview tells since when the log is retained',
    async run(probe) {
      const before = await probe.fixture.now();
      assert.equal((await probe.store.replay.preview({ from: 0, to: before })).retainedSince, null);
      await probe.send(probe.record());
      const { retainedSince } = await probe.store.replay.preview({ from: 0, to: before });
      assert.ok(retainedSince !== null && retainedSince >= before - 1_000 && retainedSince <= before + MINUTE);
      assert.ok(Number.isInteger(retainedSince));
    },
  },
];

/** All that has been written by now. Its end is later than the last entry, even if both came in one millisecond. */
async function everything(probe: StoreProbe): Promise<ReplayFilter> {
  await probe.fixture.elapse(2);
  return { from: 0, to: await probe.fixture.now() };
}

async function replay(probe: StoreProbe, filter: ReplayFilter, limit = 100): Promise<number> {
  let copied = 0;
  let until: { readonly untilPosition?: number } = {};
  for (let position: number | null = 0; position !== null; ) {
    const step: ReplayStep = await probe.store.replay.copy(filter, { afterPosition: position, limit, ...until });
    copied += step.copied;
    position = step.nextPosition;
    until = { untilPosition: step.untilPosition };
    assert.ok(copied < 1_000, 'a replay comes to an end');
  }
  return copied;
}
