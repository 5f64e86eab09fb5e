import assert from 'node:assert/strict';
import { cursorAt } from '../../store/log-page.ts';
import type { ParkedRole } from '../../store/parked-message.ts';
import type { OutboxStoreRule } from './outbox-store-rule.ts';
import { at, idsOf, parkedEntry } from './store-probe.ts';

/** Messages that are put aside together with progress. */
export const parkingRules: readonly OutboxStoreRule[] = [
  {
    name: 'F4.9: settle records the cursor and what was parked',
    async run(probe) {
      const { entries } = await probe.park(
        [probe.record({ key: 'k', type: 'order.paid' }), probe.record({ key: 'k' }), probe.record()],
        ['rejected', 'behind', 'skipped'],
      );
      const now = await probe.fixture.now();
      const parked = await probe.store.parking.list({});
      assert.deepEqual(
        parked.map(({ parkedAt: _, ...rest }) => rest),
        [
          { ...aside('rejected'), position: at(entries, 0).position, id: 'm1', type: 'order.paid', key: 'k' },
          { ...aside('behind'), position: at(entries, 1).position, id: 'm2', type: 'order.placed', key: 'k' },
          { ...aside('skipped'), position: at(entries, 2).position, id: 'm3', type: 'order.placed', key: null },
        ],
      );
      for (const { parkedAt } of parked) assert.ok(Math.abs(now - parkedAt) < 60_000, "the database's time, in ms");
      assert.deepEqual(await probe.drain(), []);
    },
  },
  {
    name: 'F4.9: settle records the cursor and what was parked both or neither',
    async run(probe) {
      const sent = await probe.send(...probe.records(2, { key: 'k' }));
      const claim = await probe.claim();
      const page = await probe.store.lanes.read(claim, claim.cursor, 10);
      const parked = [
        parkedEntry(at(page.entries, 0), 'rejected'),
        parkedEntry(at(page.entries, 1), 'nonsense' as ParkedRole),
      ];
      await assert.rejects(probe.store.lanes.settle(claim, { cursor: page.end, parked }));
      assert.deepEqual(await probe.store.parking.list({}), []);
      assert.deepEqual(idsOf(await probe.waiting()), sent);
    },
  },
  {
    name: 'F4.9: what is parked twice is parked once, as it was the first time',
    async run(probe) {
      await probe.send(...probe.records(3, { key: 'k' }));
      const claim = await probe.claim();
      const page = await probe.store.lanes.read(claim, claim.cursor, 10);
      const first = [parkedEntry(at(page.entries, 0), 'rejected', 'too large')];
      const cursor = cursorAt(page, at(page.entries, 0).position);
      assert.ok((await probe.store.lanes.settle(claim, { cursor, parked: first })) !== null);
      await probe.store.parking.request({ key: 'k' }, 'discard');
      const again = [parkedEntry(at(page.entries, 0), 'behind'), parkedEntry(at(page.entries, 1), 'behind')];
      assert.ok((await probe.store.lanes.settle(claim, { cursor: page.end, parked: again })) !== null);
      const parked = await probe.store.parking.list({});
      assert.deepEqual(
        parked.map(({ id, role, reason, requested }) => ({ id, role, reason, requested })),
        [
          { id: 'm1', role: 'rejected', reason: 'too large', requested: 'discard' },
          { id: 'm2', role: 'behind', reason: 'behind for a test', requested: null },
        ],
      );
    },
  },
  {
    name: 'F4.9: a claim names the keys that a rejected message holds back',
    async run(probe) {
      await probe.park(
        [
          probe.record({ key: 'held' }),
          probe.record({ key: 'passing' }),
          probe.record(),
          probe.record({ key: 'held' }),
          probe.record({ key: 'also held' }),
        ],
        ['rejected', 'skipped', 'rejected', 'behind', 'rejected'],
      );
      const { parkedKeys } = await probe.claim();
      assert.deepEqual(parkedKeys.toSorted(), ['also held', 'held']);
    },
  },
  {
    name: 'the list of what is parked is oldest first, across lanes, bounded, and by key',
    async run(probe) {
      await probe.store.declareDestinations([{ name: 'other' }]);
      const other = at(await probe.store.lanes.lanes(), 1).lane;
      const lanes = [other, 0, other, 0];
      for (const lane of lanes) {
        await probe.send(probe.record({ key: `k${lane}`, destination: lane === 0 ? 'default' : 'other' }));
        const claim = await probe.claim(lane);
        const page = await probe.store.lanes.read(claim, claim.cursor, 10);
        const parked = page.entries.map((entry) => parkedEntry(entry, 'rejected'));
        assert.ok((await probe.store.lanes.settle(claim, { cursor: page.end, parked })) !== null);
      }
      const ids = async (query: object) => (await probe.store.parking.list(query)).map(({ id }) => id);
      assert.deepEqual(await ids({}), ['m1', 'm2', 'm3', 'm4']);
      assert.deepEqual(await ids({ limit: 3 }), ['m1', 'm2', 'm3']);
      assert.deepEqual(await ids({ key: 'k0' }), ['m2', 'm4']);
      assert.deepEqual(await ids({ key: 'k0', limit: 1 }), ['m2']);
      assert.deepEqual(await ids({ key: "k' or true --" }), []);
    },
  },
  {
    name: 'what is parked outlives its entry in the log',
    async run(probe) {
      const body = Buffer.from('kept');
      await probe.park([probe.record({ key: 'k', body })], ['rejected']);
      await probe.fixture.elapseRetention();
      await probe.rotateAll();
      await probe.store.parking.request({ key: 'k' }, 'redrive');
      const [request] = await probe.store.parking.requests(await probe.claim(), 10);
      assert.deepEqual(Buffer.from(request?.entry.envelope.body ?? []), body);
    },
  },
];

function aside(role: ParkedRole) {
  return { lane: 0, role, reason: `${role} for a test`, requested: null };
}
