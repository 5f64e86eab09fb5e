import assert from 'node:assert/strict';
import type { OutboxStoreRule } from './outbox-store-rule.ts';
import type { StoreProbe } from './store-probe.ts';

const UNKNOWN = { code: 'ERR_OUTBOX_UNKNOWN_DESTINATION' };
const REFUSED = { code: 'ERR_OUTBOX_LANE_CHANGE_REFUSED' };

/** Destinations and their lanes. */
export const destinationRules: readonly OutboxStoreRule[] = [
  {
    name: 'a message to a destination that was never declared is refused, and nothing of its append is sent',
    async run(probe) {
      const unknown = probe.record({ destination: 'nowhere' });
      await assert.rejects(probe.send(unknown), UNKNOWN);
      await assert.rejects(probe.send({ ...unknown, envelope: { ...unknown.envelope, key: 'k' } }), UNKNOWN);
      await assert.rejects(probe.send(probe.record(), unknown, probe.record({ key: 'k' })), UNKNOWN);
      await assert.rejects(probe.send({ ...unknown, delayMs: 1_000 }), UNKNOWN);
      await assert.rejects(probe.send(probe.record(), { ...unknown, delayMs: 1_000 }), UNKNOWN);
      await probe.fixture.elapse(60_000);
      assert.equal(await probe.store.housekeeping.promoteDelayed(10), 0);
      assert.deepEqual(await probe.drain(), []);
    },
  },
  {
    name: 'declaring adds destinations with their lanes; declaring the same again changes nothing',
    async run(probe) {
      const declarations = [{ name: 'billing' }, { name: 'mail', lanes: 3 }];
      await probe.store.declareDestinations(declarations);
      const lanes = await probe.store.lanes.lanes();
      assert.deepEqual(
        lanes.map(({ destination }) => destination),
        ['default', 'billing', 'mail', 'mail', 'mail'],
      );
      const numbers = lanes.map(({ lane }) => lane);
      assert.deepEqual(
        numbers,
        [...new Set(numbers)].toSorted((a, b) => a - b),
      );
      await probe.store.declareDestinations(declarations);
      await Promise.all([1, 2, 3].map(() => probe.store.declareDestinations([...declarations, { name: 'default' }])));
      assert.deepEqual(await probe.store.lanes.lanes(), lanes);
    },
  },
  {
    name: 'services that declare the same at once all succeed',
    async run(probe) {
      const declare = () => probe.store.declareDestinations([{ name: 'mail', lanes: 2 }]);
      await Promise.all([declare(), declare(), declare()]);
      assert.equal((await lanesOf(probe, 'mail')).length, 2);
    },
  },
  {
    name: 'adding a destination does not wait for transactions that have sent, nor do others wait for it',
    concurrentTransactions: true,
    async run(probe) {
      const open = await probe.begin();
      await open.append([probe.record({ key: 'k' })]);
      await probe.store.declareDestinations([{ name: 'mail' }]);
      const [mail = -1] = await lanesOf(probe, 'mail');
      const sent = await probe.send(probe.record({ destination: 'mail' }));
      assert.deepEqual(await probe.drain(mail), sent);
      await open.commit();
      assert.deepEqual(await probe.drain(), ['m1']);
    },
  },
  {
    name: 'a destination that is declared without a number of lanes keeps the one that it has',
    async run(probe) {
      await probe.store.declareDestinations([{ name: 'mail', lanes: 3 }]);
      await probe.store.declareDestinations([{ name: 'mail' }]);
      assert.equal((await lanesOf(probe, 'mail')).length, 3);
    },
  },
  {
    name: 'destinations do not see each other, and what one has dealt with the other has not',
    async run(probe) {
      await probe.store.declareDestinations([{ name: 'mail' }]);
      const [mail = -1] = await lanesOf(probe, 'mail');
      await probe.send(probe.record(), probe.record({ destination: 'mail' }), probe.record());
      assert.deepEqual(await probe.drain(0), ['m1', 'm3']);
      assert.deepEqual(await probe.drain(mail), ['m2']);
    },
  },
  {
    name: 'lanes share the keys of a destination, and a key is always in the same one',
    async run(probe) {
      await probe.store.declareDestinations([{ name: 'mail', lanes: 4 }]);
      const keys = Array.from({ length: 80 }, (_, index) => `customer-${index}`);
      for (const round of [1, 2, 3]) {
        await probe.send(...keys.map((key) => probe.record({ id: `${key}/${round}`, key, destination: 'mail' })));
      }
      const seen = new Set<string>();
      for (const lane of await lanesOf(probe, 'mail')) {
        const ids = await probe.drain(lane);
        const inLane = new Set(ids.map((id) => id.split('/')[0] ?? ''));
        assert.ok(inLane.size >= 5, 'each lane has a share');
        assert.equal(ids.length, 3 * inLane.size, 'with all messages of its keys');
        for (const key of inLane) seen.add(key);
      }
      assert.equal(seen.size, 80);
    },
  },
  {
    name: 'messages without a key are shared by the lanes as well',
    async run(probe) {
      await probe.store.declareDestinations([{ name: 'mail', lanes: 2 }]);
      await probe.send(...probe.records(60, { destination: 'mail' }));
      const counts = [];
      for (const lane of await lanesOf(probe, 'mail')) counts.push((await probe.drain(lane)).length);
      assert.ok(
        counts.every((count) => count >= 10),
        `"${counts}" are shares of 60`,
      );
    },
  },
  {
    name: 'a lane change is refused while messages wait in the log',
    async run(probe) {
      await probe.store.declareDestinations([{ name: 'mail', lanes: 2 }]);
      const sent = await probe.send(...probe.records(3, { destination: 'mail', key: 'k' }));
      const before = await probe.store.lanes.lanes();
      await assert.rejects(probe.store.declareDestinations([{ name: 'mail', lanes: 3 }]), REFUSED);
      assert.deepEqual(await probe.store.lanes.lanes(), before);
      assert.deepEqual(await drainAll(probe, 'mail'), sent);
    },
  },
  {
    name: 'a lane change is refused while messages are parked: later ones of their keys would pass them',
    async run(probe) {
      const { claim, entries } = await probe.park([probe.record({ key: 'k' })], ['rejected']);
      await assert.rejects(probe.store.declareDestinations([{ name: 'default', lanes: 2 }]), REFUSED);
      await probe.store.parking.resolve(claim, { done: entries, refused: null });
      await probe.store.declareDestinations([{ name: 'default', lanes: 2 }]);
    },
  },
  {
    name: 'after a lane change new messages are in the new lanes, and old ones are not returned again',
    async run(probe) {
      await probe.send(...probe.records(10));
      await probe.drain();
      await probe.send(probe.record({ id: 'delayed', delayMs: 1_000 }));
      await probe.store.declareDestinations([{ name: 'default', lanes: 3 }]);
      await probe.fixture.elapse(60_000);
      await probe.store.housekeeping.promoteDelayed(10);
      const sent = await probe.send(...probe.records(10, { key: 'k' }));
      const lanes = (await lanesOf(probe, 'default')).slice(-3);
      const returned: string[] = [];
      for (const lane of lanes) returned.push(...(await probe.drain(lane)));
      assert.deepEqual(returned.toSorted(), [...sent, 'delayed'].toSorted());
      assert.deepEqual(await probe.drain(0), []);
    },
  },
  {
    name: 'a lane change waits for transactions that have sent to the old lanes',
    concurrentTransactions: true,
    async run(probe) {
      const open = await probe.begin();
      await open.append([probe.record({ key: 'k' })]);
      const changed = assert.rejects(probe.store.declareDestinations([{ name: 'default', lanes: 2 }]), REFUSED);
      await probe.pause();
      await open.commit();
      await changed;
      assert.deepEqual(await probe.drain(), ['m1']);
    },
  },
];

async function lanesOf(probe: StoreProbe, name: string): Promise<readonly number[]> {
  const lanes = await probe.store.lanes.lanes();
  return lanes.filter(({ destination }) => destination === name).map(({ lane }) => lane);
}

async function drainAll(probe: StoreProbe, name: string): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const lane of await lanesOf(probe, name)) ids.push(...(await probe.drain(lane)));
  return ids;
}
