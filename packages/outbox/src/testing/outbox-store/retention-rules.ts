import assert from 'node:assert/strict';
import { cursorAt } from '../../store/log-page.ts';
import type { OutboxStoreRule } from './outbox-store-rule.ts';
import { at, type StoreProbe } from './store-probe.ts';

/** What is freed, and what never is. */
export const retentionRules: readonly OutboxStoreRule[] = [
  {
    name: 'rotation frees nothing that is younger than the retention',
    async run(probe) {
      assert.deepEqual(await probe.store.housekeeping.rotate(), { freed: false, reason: 'nothing' });
      await probe.send(...probe.records(3));
      await probe.drain();
      await probe.fixture.elapse(60_000);
      assert.deepEqual(await probe.store.housekeeping.rotate(), { freed: false, reason: 'nothing' });
      assert.equal(await retained(probe), 3);
    },
  },
  {
    name: 'rotation frees what has been relayed and is old enough',
    async run(probe) {
      await probe.send(...probe.records(3));
      await probe.drain();
      await probe.fixture.elapseRetention();
      assert.deepEqual(await probe.store.housekeeping.rotate(), { freed: true, reason: 'freed' });
      await probe.rotateAll();
      assert.equal(await retained(probe), 0);
      assert.equal((await probe.store.housekeeping.rotate()).freed, false);
    },
  },
  {
    name: 'after a rotation the lane goes on, positions grow, and nothing is returned again',
    async run(probe) {
      const walk = await probe.walk();
      await probe.send(...probe.records(3));
      const before = at((await walk.page()).entries, 2).position;
      await probe.fixture.elapseRetention();
      await probe.rotateAll();
      await probe.send(...probe.records(2));
      const { entries } = await walk.page();
      assert.deepEqual(
        entries.map(({ envelope }) => envelope.id),
        ['m4', 'm5'],
      );
      assert.ok(at(entries, 0).position > before, 'a position is never given twice');
      assert.deepEqual(await probe.drain(), []);
    },
  },
  {
    name: 'rotation frees nothing that waits to be relayed, however old',
    async run(probe) {
      const sent = await probe.send(...probe.records(12));
      await probe.fixture.elapseRetention();
      assert.deepEqual(await probe.store.housekeeping.rotate(), { freed: false, reason: 'waiting' });
      const claim = await probe.claim();
      const page = await probe.store.lanes.read(claim, claim.cursor, 2);
      const cursor = cursorAt(page, at(page.entries, 0).position);
      assert.ok((await probe.store.lanes.settle(claim, { cursor, parked: [] })) !== null);
      await probe.rotateAll();
      assert.deepEqual(await probe.drain(), sent.slice(1));
    },
  },
  {
    name: 'rotation frees nothing that waits in one lane because another lane is ahead',
    async run(probe) {
      await probe.store.declareDestinations([{ name: 'other' }]);
      const other = at(await probe.store.lanes.lanes(), 1).lane;
      const slow = await probe.send(...probe.records(3, { destination: 'other' }));
      await probe.send(...probe.records(3));
      await probe.drain(0);
      await probe.fixture.elapseRetention();
      await probe.rotateAll();
      assert.deepEqual(await probe.drain(other), slow);
    },
  },
  {
    name: 'F4.10: rotation loses nothing of a transaction that is open meanwhile, and does not wait for it',
    concurrentTransactions: true,
    async run(probe) {
      await probe.send(...probe.records(2));
      const open = await probe.begin();
      await open.append([probe.record()]);
      await probe.send(...probe.records(2));
      assert.equal((await probe.drain()).length, 4);
      await probe.fixture.elapseRetention();
      await probe.rotateAll();
      await open.append([probe.record()]);
      await open.commit();
      assert.deepEqual(await probe.drain(), ['m3', 'm6']);
      await probe.rotateAll();
    },
  },
  {
    name: 'two that rotate at once do no harm',
    async run(probe) {
      await probe.send(...probe.records(20));
      await probe.drain();
      await probe.fixture.elapseRetention();
      await Promise.all([probe.rotateAll(), probe.rotateAll(), probe.send(...probe.records(3))]);
      assert.deepEqual((await probe.drain()).toSorted(), ['m21', 'm22', 'm23']);
    },
  },
];

/** How many entries the log keeps. */
async function retained(probe: StoreProbe): Promise<number> {
  const { messages } = await probe.store.replay.preview({ from: 0, to: Number.MAX_SAFE_INTEGER });
  return messages;
}
