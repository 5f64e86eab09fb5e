import assert from 'node:assert/strict';
import type { LaneClaim } from '../../store/lane-store.ts';
import type { LogEntry } from '../../store/log-page.ts';
import type { OutboxStoreRule } from './outbox-store-rule.ts';
import { at, parkedEntry, type StoreProbe } from './store-probe.ts';

/** What operators ask for, and what comes of it. */
export const requestRules: readonly OutboxStoreRule[] = [
  {
    name: 'F4.9: a request for a key marks all that is parked under it; the lane finds it in order of position',
    async run(probe) {
      const { claim } = await parkKeys(probe);
      assert.equal(await probe.store.parking.request({ key: 'a' }, 'redrive'), 3);
      assert.deepEqual(await requested(probe, claim), [
        'm1 rejected redrive',
        'm3 behind redrive',
        'm5 behind redrive',
      ]);
      assert.deepEqual(await requested(probe, claim, 2), ['m1 rejected redrive', 'm3 behind redrive']);
      const marks = (await probe.store.parking.list({})).map((one) => one.requested);
      assert.deepEqual(marks, ['redrive', null, 'redrive', null, 'redrive']);
      assert.equal(await probe.store.parking.request({ key: 'nobody' }, 'redrive'), 0);
      assert.equal(await probe.store.parking.request({ id: 'nobody' }, 'discard'), 0);
    },
  },
  {
    name: 'F4.9: a request for a type marks its messages and what they hold back; a request for all marks everything',
    async run(probe) {
      const { claim } = await probe.park(
        [
          probe.record({ key: 'a', type: 'order.placed' }),
          probe.record({ key: 'b', type: 'order.paid' }),
          probe.record({ key: 'a', type: 'order.paid' }),
          probe.record({ type: 'order.placed' }),
          probe.record({ key: 'b', type: 'order.placed' }),
          probe.record({ key: 'b', type: 'order.placed' }),
        ],
        ['rejected', 'rejected', 'behind', 'rejected', 'behind', 'skipped'],
      );
      assert.equal(await probe.store.parking.request({ type: 'order.placed' }, 'redrive'), 4);
      const ids = (await probe.store.parking.requests(claim, 10)).map(({ entry }) => entry.envelope.id);
      assert.deepEqual(ids, ['m1', 'm3', 'm4', 'm6']);
      assert.equal(await probe.store.parking.request({ all: true }, 'discard'), 6);
      assert.equal((await probe.store.parking.requests(claim, 10)).length, 6);
    },
  },
  {
    name: 'F4.9: a message that waits behind another of its key cannot be asked for alone',
    async run(probe) {
      const { claim } = await parkKeys(probe);
      const refused = { code: 'ERR_OUTBOX_PARKED_REQUEST_REFUSED' };
      await assert.rejects(probe.store.parking.request({ id: 'm3' }, 'redrive'), refused);
      await assert.rejects(probe.store.parking.request({ id: 'm5' }, 'discard'), refused);
      assert.deepEqual(await requested(probe, claim), []);
    },
  },
  {
    name: 'a message without a key, or one that lets its key pass, can be asked for alone',
    async run(probe) {
      const { claim } = await probe.park(
        [probe.record({ key: 'k' }), probe.record({ key: 'k' }), probe.record(), probe.record()],
        ['skipped', 'rejected', 'rejected', 'skipped'],
      );
      for (const id of ['m1', 'm2', 'm3', 'm4']) assert.equal(await probe.store.parking.request({ id }, 'redrive'), 1);
      assert.equal((await probe.store.parking.requests(claim, 10)).length, 4);
    },
  },
  {
    name: 'F4.9: a key is released with its last message, not before',
    async run(probe) {
      const { claim, entries } = await parkKeys(probe);
      await probe.store.parking.request({ key: 'a' }, 'redrive');
      const [first, , second, , third] = entries;
      assert.deepEqual(await probe.store.parking.resolve(claim, { done: only(first), refused: null }), []);
      assert.deepEqual(await requested(probe, claim), ['m3 rejected redrive', 'm5 behind redrive']);
      assert.deepEqual((await probe.claimAs(claim)).parkedKeys.toSorted(), ['a', 'b']);
      assert.deepEqual(await probe.store.parking.resolve(claim, { done: only(second, third), refused: null }), ['a']);
      assert.deepEqual((await probe.claimAs(claim)).parkedKeys, ['b']);
      assert.deepEqual(
        (await probe.store.parking.list({})).map(({ id }) => id),
        ['m2', 'm4'],
      );
    },
  },
  {
    name: 'F4.9: a message that is refused again withdraws the requests of its key, and of no other',
    async run(probe) {
      const { claim, entries } = await parkKeys(probe);
      await probe.store.parking.request({ key: 'a' }, 'redrive');
      await probe.store.parking.request({ key: 'b' }, 'redrive');
      const [first, , second] = entries;
      const refused = { entry: only(second)[0] as LogEntry, reason: 'still too large' };
      assert.deepEqual(await probe.store.parking.resolve(claim, { done: only(first), refused }), []);
      assert.deepEqual(await requested(probe, claim), ['m2 rejected redrive', 'm4 behind redrive']);
      const [head] = await probe.store.parking.list({ key: 'a' });
      assert.deepEqual(
        { id: head?.id, role: head?.role, reason: head?.reason },
        { id: 'm3', role: 'rejected', reason: 'still too large' },
      );
      assert.equal((await probe.store.parking.list({ key: 'a' }))[1]?.reason, 'behind for a test');
    },
  },
  {
    name: 'F4.9: when the rejected message is discarded the next of its key can be asked for',
    async run(probe) {
      const { claim, entries } = await parkKeys(probe);
      assert.equal(await probe.store.parking.request({ id: 'm1' }, 'discard'), 1);
      assert.deepEqual(await requested(probe, claim), ['m1 rejected discard']);
      assert.deepEqual(await probe.store.parking.resolve(claim, { done: only(entries[0]), refused: null }), []);
      assert.equal(await probe.store.parking.request({ id: 'm3' }, 'redrive'), 1);
      assert.deepEqual(await requested(probe, claim), ['m3 rejected redrive']);
    },
  },
  {
    name: 'F4.9: what comes behind a key that is being redriven is redriven as well',
    async run(probe) {
      await parkKeys(probe);
      await probe.store.parking.request({ key: 'a' }, 'redrive');
      await probe.send(probe.record({ key: 'a' }), probe.record({ key: 'b' }));
      const claim = await probe.claim();
      const page = await probe.store.lanes.read(claim, claim.cursor, 10);
      const parked = page.entries.map((entry) => parkedEntry(entry, 'behind'));
      assert.ok((await probe.store.lanes.settle(claim, { cursor: page.end, parked })) !== null);
      assert.deepEqual(await requested(probe, claim), [
        'm1 rejected redrive',
        'm3 behind redrive',
        'm5 behind redrive',
        'm6 behind redrive',
      ]);
    },
  },
  {
    name: 'a message that lets its key pass neither holds the key nor is released with it',
    async run(probe) {
      const { claim, entries } = await probe.park(probe.records(2, { key: 'k' }), ['skipped', 'rejected']);
      assert.deepEqual(claim.parkedKeys, []);
      assert.deepEqual(await probe.store.parking.resolve(claim, { done: only(entries[1]), refused: null }), ['k']);
      assert.deepEqual((await probe.claimAs(claim)).parkedKeys, []);
      assert.equal((await probe.store.parking.list({}))[0]?.role, 'skipped');
    },
  },
  {
    name: 'what is resolved is gone: resolving it again changes nothing',
    async run(probe) {
      const { claim, entries } = await probe.park(
        [probe.record({ key: 'k' }), probe.record()],
        ['rejected', 'rejected'],
      );
      assert.deepEqual(await probe.store.parking.resolve(claim, { done: entries, refused: null }), ['k']);
      assert.deepEqual(await probe.store.parking.resolve(claim, { done: entries, refused: null }), []);
      assert.deepEqual(await probe.store.parking.resolve(claim, { done: [], refused: null }), []);
      assert.deepEqual(await probe.store.parking.list({}), []);
      assert.equal(at(entries, 0).envelope.key, 'k');
    },
  },
];

/** m1, m3, m5 under key `a` and m2, m4 under key `b`; the first of each was rejected. */
function parkKeys(probe: StoreProbe) {
  const records = ['a', 'b', 'a', 'b', 'a'].map((key) => probe.record({ key }));
  return probe.park(records, ['rejected', 'rejected', 'behind', 'behind', 'behind']);
}

async function requested(probe: StoreProbe, claim: LaneClaim, limit = 100): Promise<readonly string[]> {
  const requests = await probe.store.parking.requests(claim, limit);
  return requests.map(({ entry, role, action }) => `${entry.envelope.id} ${role} ${action}`);
}

function only(...entries: readonly (LogEntry | undefined)[]): readonly LogEntry[] {
  return entries.map((entry) => {
    assert.ok(entry !== undefined);
    return entry;
  });
}
