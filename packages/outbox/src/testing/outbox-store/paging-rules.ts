import assert from 'node:assert/strict';
import { cursorAt } from '../../store/log-page.ts';
import type { OutboxStoreRule } from './outbox-store-rule.ts';
import { at, idsOf, type StoreProbe } from './store-probe.ts';

/** Page boundaries, and cursors between them. */
export const pagingRules: readonly OutboxStoreRule[] = [
  {
    name: 'successive reads return everything once, whatever the limit',
    async run(probe) {
      for (const limit of [1, 2, 3, 6, 7, 12, 13, 100]) {
        const sent = [...(await probe.send(...probe.records(5))), ...(await probe.send(...probe.records(7)))];
        assert.deepEqual(await probe.drain(0, limit), sent, `with a limit of ${limit}`);
        assert.deepEqual(await probe.drain(0, limit), [], `nothing again with a limit of ${limit}`);
      }
    },
  },
  {
    name: 'a read of an empty log returns nothing and no more, and its end reads on from there',
    async run(probe) {
      const walk = await probe.walk();
      const page = await walk.page();
      assert.deepEqual(page.entries, []);
      assert.equal(page.more, false);
      const sent = await probe.send(probe.record());
      assert.deepEqual(await walk.rest(), sent);
    },
  },
  {
    name: 'a cursor in the middle of a page resumes with the next entry',
    run: (probe) => resumeEverywhere(probe, { entries: 5, limit: 5 }),
  },
  {
    name: 'a cursor in the middle of a page of a backlog resumes with the next entry',
    run: (probe) => resumeEverywhere(probe, { entries: 23, limit: 3 }),
  },
  {
    name: 'F4.8: a cursor in the middle of a page does not skip an earlier position that becomes visible then',
    concurrentTransactions: true,
    async run(probe) {
      await probe.send(probe.record());
      const early = await probe.begin();
      await early.append([probe.record()]);
      await probe.send(...probe.records(3));
      const claim = await probe.claim();
      const page = await probe.store.lanes.read(claim, claim.cursor, 10);
      assert.deepEqual(idsOf(page.entries), ['m1', 'm3', 'm4', 'm5']);
      const cursor = cursorAt(page, at(page.entries, 2).position);
      assert.ok((await probe.store.lanes.settle(claim, { cursor, parked: [] })) !== null);
      await early.commit();
      const rest = await probe.drain(0, 1);
      assert.deepEqual(rest.toSorted(), ['m2', 'm5'], 'the late one and the one behind the cursor, each once');
    },
  },
  {
    name: 'F4.12: entries that are committed while a backlog is walked are neither lost nor doubled',
    async run(probe) {
      const sent = [...(await probe.send(...probe.records(41)))];
      const walk = await probe.walk(0, 5);
      let rounds = 0;
      const returned = await walk.rest(async () => {
        rounds += 1;
        if (rounds <= 6) sent.push(...(await probe.send(...probe.records(rounds))));
      });
      assert.deepEqual(returned.toSorted(), sent.toSorted());
      assert.ok(rounds > 6, 'the walk went on after the last send');
    },
  },
  {
    name: 'F4.8, F4.12: positions that become visible late while a backlog is walked are neither lost nor doubled',
    concurrentTransactions: true,
    async run(probe) {
      const late = await Promise.all([probe.begin(), probe.begin(), probe.begin(), probe.begin()]);
      const sent: string[] = [];
      for (const transaction of late) {
        const record = probe.record();
        await transaction.append([record]);
        sent.push(record.envelope.id, ...(await probe.send(...probe.records(10))));
      }
      const walk = await probe.walk(0, 4);
      const returned = [...(await walk.rest(async () => late.pop()?.commit()))];
      assert.equal(late.length, 0, 'all have committed during the walk');
      returned.push(...(await walk.rest()));
      assert.deepEqual(returned.toSorted(), sent.toSorted());
    },
  },
  {
    name: 'a walk of a backlog that a new holder takes over goes on where it was',
    async run(probe) {
      const sent = await probe.send(...probe.records(30));
      const returned: string[] = [];
      for (let holder = 0; holder < 8; holder += 1) {
        const walk = await probe.walk(0, 2);
        for (let pages = 0; pages < 2; pages += 1) returned.push(...idsOf((await walk.page()).entries));
      }
      assert.deepEqual(returned, sent);
    },
  },
  {
    name: 'F4.10: the floor never rises above a position that may still become visible',
    concurrentTransactions: true,
    async run(probe) {
      const walk = await probe.walk(0, 3);
      const returned: string[] = [];
      const sent: string[] = [];
      for (let round = 0; round < 8; round += 1) {
        const open = await probe.begin();
        const record = probe.record();
        await open.append([record]);
        sent.push(...(await probe.send(...probe.records(4))), record.envelope.id);
        returned.push(...(await walk.rest()));
        await open.commit();
      }
      returned.push(...(await walk.rest()));
      assert.deepEqual(returned.toSorted(), sent.toSorted());
      await walk.settle(walk.cursor);
      assert.deepEqual(await probe.drain(), []);
    },
  },
];

/** Records a cursor after every single entry, as a new holder each time. */
async function resumeEverywhere(probe: StoreProbe, { entries, limit }: { entries: number; limit: number }) {
  const sent = await probe.send(...probe.records(entries));
  const returned: string[] = [];
  for (let step = 0; step < entries; step += 1) {
    const claim = await probe.claim();
    const page = await probe.store.lanes.read(claim, claim.cursor, limit);
    const first = at(page.entries, 0);
    returned.push(first.envelope.id);
    const settled = await probe.store.lanes.settle(claim, { cursor: cursorAt(page, first.position), parked: [] });
    assert.ok(settled !== null);
  }
  assert.deepEqual(returned, sent);
  assert.deepEqual(await probe.drain(), []);
}
