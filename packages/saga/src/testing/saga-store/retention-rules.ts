import assert from 'node:assert/strict';
import { begun, ended, event, id, moved } from './example-writes.ts';
import type { SagaStoreFixture } from './saga-store-fixture.ts';
import type { SagaStoreRule } from './saga-store-rule.ts';
import { due, found, inTransaction, write } from './store-probe.ts';

const HOUR = 3_600_000;

export async function purge(
  { store, executor }: SagaStoreFixture,
  request: { readonly sagas?: readonly string[]; readonly limit?: number } = {},
): Promise<number> {
  return store.retention.purge(executor, { sagas: ['order'], limit: 100, ...request });
}

/** What is left of an instance in all tables. */
export async function remains({ store, executor }: SagaStoreFixture, key: string, saga = 'order'): Promise<number[]> {
  const one = id(key, saga);
  const { queries } = store;
  return [
    (await queries.find(executor, one)) === null ? 0 : 1,
    (await queries.history(executor, one)).length,
    (await queries.timers(executor, one)).length,
    (await queries.parked(executor, one)).length,
  ];
}

const belongings = { schedule: [{ timer: 't', afterMs: 0 }], park: [event('p')] };

/** What is over is kept for its time, and then goes with all that belongs to it. */
export const retentionRules: readonly SagaStoreRule[] = [
  {
    name: 'an instance that is over is removed after its time, with its history, its timers and its parked events, and no other',
    async run(fixture) {
      const sagas = ['order', 'invoice'];
      for (const saga of sagas) {
        for (const key of ['over', 'kept', 'running']) {
          const first = begun(key, { saga, ...belongings });
          await write(fixture, first);
          if (key !== 'running') await write(fixture, ended(first, key === 'over' ? HOUR : 3 * HOUR));
        }
      }
      assert.equal(await purge(fixture), 0);
      await fixture.elapse(HOUR / 2);
      assert.equal(await purge(fixture), 0);
      await fixture.elapse(HOUR);
      assert.equal(await purge(fixture), 1);
      assert.equal(await purge(fixture), 0);
      assert.deepEqual(await remains(fixture, 'over'), [0, 0, 0, 0]);
      assert.deepEqual(await remains(fixture, 'kept'), [1, 2, 1, 1]);
      assert.deepEqual(await remains(fixture, 'running'), [1, 1, 1, 1]);
      assert.deepEqual(await remains(fixture, 'over', 'invoice'), [1, 2, 1, 1], 'another saga');
      assert.equal((await due(fixture)).length, 2);
      await fixture.elapse(2 * HOUR);
      assert.equal(await purge(fixture, { sagas: [] }), 0);
      assert.equal(await purge(fixture, { sagas: [...sagas, 'order'] }), 3);
      assert.deepEqual(await remains(fixture, 'running'), [1, 1, 1, 1], 'it is not over');
    },
  },
  {
    name: 'no more are removed at once than asked for',
    async run(fixture) {
      const over = { state: 'completed', kind: 'final', keepMs: 0 } as const;
      const many = Array.from({ length: 25 }, (_, index) =>
        begun(`o-${index}`, { ...over, saga: index % 2 === 0 ? 'order' : 'invoice' }),
      );
      await write(fixture, ...many);
      const sagas = ['order', 'invoice'];
      const removed: number[] = [];
      for (let round = 0; round < 4; round += 1) removed.push(await purge(fixture, { sagas, limit: 10 }));
      assert.deepEqual(removed, [10, 10, 5, 0]);
    },
  },
  {
    name: 'an instance that goes on after it was over stays, and its time begins anew when it is over again',
    async run(fixture) {
      const over = ended(begun('o-1'), HOUR);
      const on = moved(over);
      await write(fixture, begun('o-1'));
      await write(fixture, over);
      await write(fixture, on);
      await fixture.elapse(2 * HOUR);
      assert.equal(await purge(fixture), 0);
      const again = ended(on, HOUR);
      await write(fixture, again);
      assert.equal(await purge(fixture), 0);
      await fixture.elapse(HOUR / 2);
      await write(fixture, ended(again, HOUR));
      await fixture.elapse((HOUR * 3) / 4);
      assert.equal(await purge(fixture), 0, 'the last write counts');
      await fixture.elapse(HOUR);
      assert.equal(await purge(fixture), 1);
    },
  },
  {
    name: 'an instance that was removed may begin again, from its first version',
    async run(fixture) {
      await write(fixture, begun('o-1', { state: 'completed', kind: 'final', keepMs: 0, ...belongings }));
      assert.equal(await purge(fixture), 1);
      await write(fixture, begun('o-1', belongings));
      assert.deepEqual(await remains(fixture, 'o-1'), [1, 1, 1, 1]);
      assert.equal((await found(fixture, 'o-1')).finishedAt, null);
    },
  },
  {
    name: 'S7: parked events of instances that never began are removed after their time, and no others',
    async run(fixture) {
      const { store, executor } = fixture;
      const request = { saga: 'order', olderThanMs: HOUR, limit: 100 };
      const waiting = ['a', 'b', 'c'].map((name) => ({ instance: id('never'), event: event(name) }));
      const other = { instance: id('never', 'invoice'), event: event('a') };
      await inTransaction(fixture, (tx) => store.instances.parkUnmatched(tx, [...waiting, other]));
      await write(fixture, begun('o-1', { park: [event('a')] }));
      assert.equal(await store.retention.purgeUnmatched(executor, request), 0);
      await fixture.elapse(2 * HOUR);
      const young = { instance: id('never'), event: event('d') };
      await inTransaction(fixture, (tx) => store.instances.parkUnmatched(tx, [young]));
      assert.equal(await store.retention.purgeUnmatched(executor, { ...request, limit: 2 }), 2);
      assert.equal(await store.retention.purgeUnmatched(executor, request), 1);
      assert.equal(await store.retention.purgeUnmatched(executor, request), 0);
      const left = await store.queries.parked(executor, id('never'));
      assert.deepEqual(
        left.map((one) => one.id),
        ['d'],
      );
      assert.equal((await store.queries.parked(executor, id('never', 'invoice'))).length, 1);
      assert.equal((await store.queries.parked(executor, id('o-1'))).length, 1);
    },
  },
  {
    name: 'stores with tables of their own beside each other know nothing of each other',
    async run(fixture) {
      const { store, executor } = fixture;
      const other = { ...fixture, store: await fixture.another() };
      const over = { state: 'completed', kind: 'final', keepMs: 0, ...belongings } as const;
      await write(fixture, begun('o-1', over));
      assert.deepEqual(await remains(other, 'o-1'), [0, 0, 0, 0]);
      await inTransaction(fixture, async (tx) => {
        await other.store.instances.write(tx, [begun('o-1', { ...over, data: '{"other":true}' })]);
        await other.store.instances.write(tx, [moved(begun('o-1'), { park: [event('q')] })]);
        assert.equal((await other.store.instances.load(tx, [id('o-1')]))[0]?.version, 2);
        assert.equal((await store.instances.load(tx, [id('o-1')]))[0]?.version, 1);
      });
      assert.equal(await purge(other), 0, 'it goes on');
      assert.equal(await purge(fixture), 1);
      assert.deepEqual(await remains(other, 'o-1'), [1, 2, 1, 2]);
      assert.equal((await other.store.timers.due(executor, { sagas: ['order'], limit: 5 })).length, 1);
    },
  },
];
