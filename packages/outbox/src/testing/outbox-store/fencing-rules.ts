import assert from 'node:assert/strict';
import type { OutboxStoreRule } from './outbox-store-rule.ts';
import { at, idsOf, parkedEntry } from './store-probe.ts';

/** One holder per lane: what an older one does is not recorded. And cursors that belong to another history. */
export const fencingRules: readonly OutboxStoreRule[] = [
  {
    name: 'F4.7: an older token does not claim a lane that a newer one has claimed; the same and newer ones do',
    async run({ store: { lanes } }) {
      assert.equal((await lanes.claim(0, 5n))?.fencingToken, 5n);
      assert.equal((await lanes.claim(0, 5n))?.fencingToken, 5n);
      assert.equal(await lanes.claim(0, 4n), null);
      const large = 2n ** 62n;
      assert.equal((await lanes.claim(0, large))?.fencingToken, large, 'tokens are exact');
      assert.equal(await lanes.claim(0, large - 1n), null);
    },
  },
  {
    name: 'F4.7: an older token records no progress',
    async run(probe) {
      const sent = await probe.send(...probe.records(3));
      const old = await probe.claim();
      const page = await probe.store.lanes.read(old, old.cursor, 10);
      await probe.claim();
      assert.equal(await probe.store.lanes.settle(old, { cursor: page.end, parked: [] }), null);
      assert.deepEqual(idsOf(await probe.waiting()), sent);
    },
  },
  {
    name: 'F4.7: an older token parks nothing',
    async run(probe) {
      const sent = await probe.send(...probe.records(2, { key: 'k' }));
      const old = await probe.claim();
      const page = await probe.store.lanes.read(old, old.cursor, 10);
      const newer = await probe.claim();
      const parked = page.entries.map((entry) => parkedEntry(entry, 'rejected'));
      assert.equal(await probe.store.lanes.settle(old, { cursor: page.end, parked }), null);
      assert.deepEqual(await probe.store.parking.list({}), []);
      assert.deepEqual(newer.parkedKeys, []);
      assert.deepEqual(idsOf(await probe.waiting()), sent);
    },
  },
  {
    name: 'F4.7: an older token resolves no request',
    async run(probe) {
      const { claim, entries } = await probe.park([probe.record({ key: 'k' })], ['rejected']);
      await probe.store.parking.request({ key: 'k' }, 'redrive');
      const newer = await probe.claim();
      const refused = { entry: at(entries, 0), reason: 'from the past' };
      assert.equal(await probe.store.parking.resolve(claim, { done: entries, refused: null }), null);
      assert.equal(await probe.store.parking.resolve(claim, { done: [], refused }), null);
      const [request] = await probe.store.parking.requests(newer, 10);
      assert.equal(request?.entry.envelope.id, 'm1');
      assert.notEqual((await probe.store.parking.list({}))[0]?.reason, 'from the past');
    },
  },
  {
    name: 'F4.7: lanes are fenced apart from each other',
    async run(probe) {
      await probe.store.declareDestinations([{ name: 'other', lanes: 2 }]);
      const [, first, second] = await probe.store.lanes.lanes();
      assert.ok(first !== undefined && second !== undefined);
      assert.ok((await probe.store.lanes.claim(first.lane, 9n)) !== null);
      const claim = await probe.store.lanes.claim(second.lane, 1n);
      assert.ok(claim !== null);
      assert.ok((await probe.store.lanes.settle(claim, { cursor: claim.cursor, parked: [] })) !== null);
    },
  },
  {
    name: 'F4.11: with a cursor of another history everything that may wait is returned, nothing is skipped',
    async run(probe) {
      const dealtWith = await probe.send(...probe.records(4));
      await probe.drain();
      const waiting = await probe.send(...probe.records(3));
      await probe.fixture.changeHistory();
      const returned = await probe.drain(0, 2);
      for (const id of waiting) assert.equal(returned.filter((one) => one === id).length, 1, `"${id}" comes once`);
      const others = returned.filter((id) => !waiting.includes(id));
      assert.ok(others.every((id) => dealtWith.includes(id)));
      const later = await probe.send(...probe.records(2));
      assert.deepEqual(await probe.drain(), later, 'and then all is as before');
    },
  },
];
