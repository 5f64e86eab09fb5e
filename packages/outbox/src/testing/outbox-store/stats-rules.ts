import assert from 'node:assert/strict';
import { cursorAt } from '../../store/log-page.ts';
import type { OutboxStoreRule } from './outbox-store-rule.ts';
import { at, type StoreProbe } from './store-probe.ts';

const MINUTE = 60_000;

/** Figures that tell whether the relay is late. */
export const statsRules: readonly OutboxStoreRule[] = [
  {
    name: 'stats of an empty log are zeros',
    async run(probe) {
      assert.deepEqual(await probe.store.housekeeping.stats(), {
        delayed: 0,
        lanes: [
          {
            lane: 0,
            destination: 'default',
            pending: 0,
            pendingIsEstimate: false,
            oldestAgeMs: 0,
            parked: 0,
            blockedKeys: 0,
          },
        ],
      });
    },
  },
  {
    name: 'stats count what waits in each lane, and tell the age of the oldest',
    async run(probe) {
      await probe.store.declareDestinations([{ name: 'other' }]);
      await probe.send(probe.record());
      await probe.fixture.elapse(10 * MINUTE);
      await probe.send(...probe.records(3), probe.record({ destination: 'other' }));
      const { lanes } = await probe.store.housekeeping.stats();
      assert.deepEqual(
        lanes.map(({ destination, pending, pendingIsEstimate }) => ({ destination, pending, pendingIsEstimate })),
        [
          { destination: 'default', pending: 4, pendingIsEstimate: false },
          { destination: 'other', pending: 1, pendingIsEstimate: false },
        ],
      );
      assertAge(at(lanes, 0).oldestAgeMs, 10 * MINUTE);
      assertAge(at(lanes, 1).oldestAgeMs, 0);
    },
  },
  {
    name: 'stats fall as the cursor moves, in the middle of a page too',
    async run(probe) {
      await probe.send(probe.record());
      await probe.fixture.elapse(10 * MINUTE);
      await probe.send(...probe.records(24));
      const claim = await probe.claim();
      let page = await probe.store.lanes.read(claim, claim.cursor, 5);
      const cursor = cursorAt(page, at(page.entries, 1).position);
      await probe.store.lanes.settle(claim, { cursor, parked: [] });
      assert.equal((await lane(probe)).pending, 23);
      assertAge((await lane(probe)).oldestAgeMs, 0);
      page = await probe.store.lanes.read(claim, cursor, 5);
      await probe.store.lanes.settle(claim, { cursor: page.end, parked: [] });
      assert.equal((await lane(probe)).pending, 18);
      await probe.drain();
      const { pending, oldestAgeMs } = await lane(probe);
      assert.deepEqual([pending, oldestAgeMs], [0, 0]);
    },
  },
  {
    name: 'F4.8: stats count an early position that became visible late, and none of an open transaction',
    concurrentTransactions: true,
    async run(probe) {
      const open = await probe.begin();
      await open.append(probe.records(2));
      await probe.send(probe.record());
      await probe.drain();
      assert.equal((await lane(probe)).pending, 0);
      await open.commit();
      assert.equal((await lane(probe)).pending, 2);
    },
  },
  {
    name: 'stats count delayed and parked messages and the keys that are held back',
    async run(probe) {
      const records = ['a', 'a', 'b', 'c'].map((key) => probe.record({ key }));
      await probe.park([...records, probe.record()], ['rejected', 'behind', 'rejected', 'skipped', 'rejected']);
      await probe.send(...probe.records(3, { delayMs: MINUTE }));
      const { delayed } = await probe.store.housekeeping.stats();
      const { parked, blockedKeys, pending } = await lane(probe);
      assert.deepEqual(
        { delayed, parked, blockedKeys, pending },
        { delayed: 3, parked: 5, blockedKeys: 2, pending: 0 },
      );
    },
  },
  {
    name: 'F4.12: stats of a large backlog are an estimate of its size',
    async run(probe) {
      for (let count = 0; count < 11; count += 1) await probe.send(...probe.records(1_000));
      const { pending, pendingIsEstimate } = await lane(probe);
      assert.equal(pendingIsEstimate, true);
      assert.ok(pending >= 10_000 && pending <= 22_000, `"${pending}" is about 11,000`);
      assert.equal((await probe.drain(0, 1_000)).length, 11_000);
      assert.equal((await lane(probe)).pendingIsEstimate, false);
    },
  },
];

async function lane(probe: StoreProbe) {
  const { lanes } = await probe.store.housekeeping.stats();
  return at(lanes, 0);
}

/** The test itself takes a while. */
function assertAge(found: number, expected: number): void {
  assert.ok(Number.isInteger(found), 'an age is whole milliseconds');
  assert.ok(found >= expected - 1 && found < expected + 5 * MINUTE, `"${found}" is about "${expected}"`);
}
