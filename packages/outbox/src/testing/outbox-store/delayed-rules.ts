import assert from 'node:assert/strict';
import type { OutboxStoreRule } from './outbox-store-rule.ts';
import type { StoreProbe } from './store-probe.ts';

const HOUR = 3_600_000;

/** Messages that enter the log later. */
export const delayedRules: readonly OutboxStoreRule[] = [
  {
    name: 'a delayed message enters the log when it is due, and not before',
    async run(probe) {
      const [delayed = '', now = ''] = await probe.send(probe.record({ delayMs: 2 * HOUR }), probe.record());
      assert.equal(await promote(probe), 0);
      assert.deepEqual(await probe.drain(), [now]);
      await probe.fixture.elapse(HOUR);
      assert.equal(await promote(probe), 0);
      assert.deepEqual(await probe.drain(), []);
      await probe.fixture.elapse(HOUR + 1_000);
      assert.deepEqual(await probe.drain(), [], 'not before it is moved');
      assert.equal(await promote(probe), 1);
      assert.deepEqual(await probe.drain(), [delayed]);
      assert.equal(await promote(probe), 0, 'once');
    },
  },
  {
    name: 'a delayed message of a transaction that is open is not moved',
    concurrentTransactions: true,
    async run(probe) {
      const transaction = await probe.begin();
      await transaction.append([probe.record({ delayMs: 1 })]);
      await probe.fixture.elapse(HOUR);
      assert.equal(await promote(probe), 0);
      await transaction.commit();
      await probe.fixture.elapse(HOUR);
      assert.equal(await promote(probe), 1);
    },
  },
  {
    name: 'F4.8: delayed messages of a key keep their order when several processes move them at once',
    async run(probe) {
      const sent = await probe.send(...probe.records(900, { key: 'k', delayMs: 1_000 }));
      await probe.fixture.elapse(HOUR);
      for (let moved = 0; moved < sent.length; ) {
        // One that moves few is done before one that moves many, though it began later.
        const counts = await Promise.all([250, 2, 2].map((limit) => probe.store.housekeeping.promoteDelayed(limit)));
        moved += counts.reduce((sum, count) => sum + count, 0);
      }
      assert.deepEqual(await probe.drain(), sent);
    },
  },
  {
    name: 'delayed messages enter in the order in which they are due, and keep the order of their append',
    async run(probe) {
      const late = await probe.send(...probe.records(3, { key: 'k', delayMs: 2 * HOUR }));
      const early = await probe.send(...probe.records(5, { key: 'k', delayMs: HOUR }));
      await probe.fixture.elapse(3 * HOUR);
      assert.equal(await promote(probe), 8);
      assert.deepEqual(await probe.drain(), [...early, ...late]);
    },
  },
  {
    name: 'no more delayed messages are moved at once than asked for, the first due first',
    async run(probe) {
      const sent = await probe.send(...probe.records(5, { delayMs: HOUR }));
      await probe.fixture.elapse(2 * HOUR);
      assert.equal(await promote(probe, 2), 2);
      assert.deepEqual(await probe.drain(), sent.slice(0, 2));
      assert.equal(await promote(probe, 2), 2);
      assert.equal(await promote(probe, 2), 1);
      assert.deepEqual(await probe.drain(), sent.slice(2));
    },
  },
  {
    name: 'delayed messages that two move at once are moved once',
    async run(probe) {
      const sent = await probe.send(...probe.records(40, { delayMs: HOUR }));
      await probe.fixture.elapse(2 * HOUR);
      const moved = await Promise.all([promote(probe, 30), promote(probe, 30), promote(probe, 30)]);
      const rest = await promote(probe, 100);
      assert.equal(
        moved.reduce((sum, count) => sum + count, rest),
        40,
      );
      assert.deepEqual((await probe.drain()).toSorted(), sent.toSorted());
    },
  },
  {
    name: 'a delayed message takes the commit-order lock of its key when it enters',
    concurrentTransactions: true,
    async run(probe) {
      await probe.send(probe.record({ id: 'delayed', key: 'k', delayMs: HOUR }));
      await probe.fixture.elapse(2 * HOUR);
      const commits: string[] = [];
      const open = await probe.begin();
      await open.append([probe.record({ id: 'open', key: 'k' })]);
      const promoted = promote(probe).then(() => commits.push('delayed'));
      await probe.pause();
      await open.commit();
      commits.push('open');
      await promoted;
      assert.deepEqual(commits, ['open', 'delayed']);
      assert.deepEqual(await probe.drain(), commits);
    },
  },
  {
    name: 'a delayed message goes to the lanes of its destination',
    async run(probe) {
      await probe.store.declareDestinations([{ name: 'other' }]);
      const lanes = await probe.store.lanes.lanes();
      const other = lanes.find(({ destination }) => destination === 'other')?.lane ?? -1;
      const sent = await probe.send(probe.record({ destination: 'other', delayMs: 1 }));
      await probe.fixture.elapse(HOUR);
      assert.equal(await promote(probe), 1);
      assert.deepEqual(await probe.drain(), []);
      assert.deepEqual(await probe.drain(other), sent);
    },
  },
];

function promote(probe: StoreProbe, limit = 100): Promise<number> {
  return probe.store.housekeeping.promoteDelayed(limit);
}
