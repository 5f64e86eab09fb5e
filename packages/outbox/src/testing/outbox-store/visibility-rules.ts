import assert from 'node:assert/strict';
import type { OutboxStoreRule } from './outbox-store-rule.ts';
import { idsOf, type StoreProbe } from './store-probe.ts';

/** Which entries a read returns, and when. */
export const visibilityRules: readonly OutboxStoreRule[] = [
  {
    name: 'an entry is returned only after its transaction has committed',
    async run(probe) {
      // Claimed before, and read without recording: SQLite cannot write while the sender does.
      const seen = await reading(probe);
      const transaction = await probe.begin();
      await transaction.append(probe.records(3));
      assert.deepEqual(await seen(), [], 'nothing is returned while the transaction is open');
      await transaction.commit();
      assert.deepEqual(await seen(), ['m1', 'm2', 'm3']);
    },
  },
  {
    name: 'an entry whose transaction was rolled back is never returned',
    async run(probe) {
      const transaction = await probe.begin();
      await transaction.append([probe.record(), probe.record({ key: 'k' }), probe.record({ delayMs: 1 })]);
      await transaction.rollback();
      await probe.fixture.elapse(10);
      assert.equal(await probe.store.housekeeping.promoteDelayed(10), 0);
      assert.deepEqual(await probe.drain(), []);
      const sent = await probe.send(probe.record({ key: 'k' }));
      assert.deepEqual(await probe.drain(), sent, 'the key is free again');
    },
  },
  {
    name: 'several appends of one transaction become visible together',
    async run(probe) {
      const seen = await reading(probe);
      const transaction = await probe.begin();
      await transaction.append([probe.record()]);
      await transaction.append(probe.records(2, { key: 'k' }));
      await transaction.append([probe.record({ key: 'k' })]);
      assert.deepEqual(await seen(), []);
      await transaction.commit();
      assert.deepEqual(await probe.drain(), ['m1', 'm2', 'm3', 'm4']);
    },
  },
  {
    name: 'an entry that was dealt with is not returned again',
    async run(probe) {
      await probe.send(...probe.records(5));
      assert.equal((await probe.drain()).length, 5);
      assert.deepEqual(await probe.drain(), []);
      const later = await probe.send(probe.record());
      assert.deepEqual(await probe.drain(), later);
    },
  },
  {
    name: 'a read changes nothing: from the same cursor it returns the same entries',
    async run(probe) {
      await probe.send(...probe.records(5));
      const claim = await probe.claim();
      const first = await probe.store.lanes.read(claim, claim.cursor, 3);
      const again = await probe.store.lanes.read(claim, claim.cursor, 3);
      assert.deepEqual(idsOf(again.entries), idsOf(first.entries));
      assert.deepEqual(idsOf(await probe.waiting()), ['m1', 'm2', 'm3', 'm4', 'm5']);
    },
  },
  {
    name: 'F4.10: an open transaction delays no entry but its own, before its entries and after',
    concurrentTransactions: true,
    async run(probe) {
      const before = await probe.send(...probe.records(2));
      const open = await probe.begin();
      await open.append(probe.records(2, { key: 'held' }));
      const after = await probe.send(...probe.records(2, { key: 'free' }));
      const walk = await probe.walk();
      assert.deepEqual(await walk.rest(), [...before, ...after]);
      const latest = await probe.send(...probe.records(2));
      assert.deepEqual(await walk.rest(), latest);
      await open.commit();
      assert.deepEqual(await walk.rest(), ['m3', 'm4']);
      assert.deepEqual(await walk.rest(), []);
    },
  },
  {
    name: 'F4.8: an early position that becomes visible late is not skipped',
    concurrentTransactions: true,
    async run(probe) {
      const early = await probe.begin();
      await early.append([probe.record()]);
      const walk = await probe.walk();
      for (let round = 0; round < 6; round += 1) {
        await probe.send(probe.record());
        await walk.rest();
      }
      await early.commit();
      assert.deepEqual(await walk.rest(), ['m1']);
    },
  },
  {
    name: 'F4.8: an early position that becomes visible late is not skipped by a holder that claims the lane anew',
    concurrentTransactions: true,
    async run(probe) {
      const early = await probe.begin();
      await early.append([probe.record()]);
      for (let round = 0; round < 6; round += 1) {
        await probe.send(probe.record());
        assert.equal((await probe.drain()).length, 1);
      }
      await early.commit();
      assert.deepEqual(await probe.drain(), ['m1']);
      assert.deepEqual(await probe.drain(), []);
    },
  },
  {
    name: 'transactions that commit in the reverse order of their positions are all returned once',
    concurrentTransactions: true,
    async run(probe) {
      const open = [];
      for (const record of probe.records(5)) {
        const transaction = await probe.begin();
        await transaction.append([record]);
        open.push(transaction);
      }
      const walk = await probe.walk(0, 1);
      const returned: string[] = [];
      for (const transaction of open.toReversed()) {
        await transaction.commit();
        returned.push(...(await walk.rest()));
      }
      assert.deepEqual(returned, ['m5', 'm4', 'm3', 'm2', 'm1']);
    },
  },
];

/** Reads the lane from where it is now, without recording anything. */
async function reading(probe: StoreProbe): Promise<() => Promise<readonly string[]>> {
  const claim = await probe.claim();
  return async () => idsOf((await probe.store.lanes.read(claim, claim.cursor, 100)).entries);
}
