import assert from 'node:assert/strict';
import type { SagaWrite } from '../../store/saga-write.ts';
import { begun, ended, id, moved, storedOf, timerOf } from './example-writes.ts';
import { purge, remains } from './retention-rules.ts';
import type { SagaStoreRule } from './saga-store-rule.ts';
import { assertStored, CONFLICT, inTransaction, load, roundTrips, timers, watched, write } from './store-probe.ts';

/** Transactions that want the same instance at the same time: one by one, and nobody is lost. */
export const raceRules: readonly SagaStoreRule[] = [
  {
    name: 'S7: of two transactions that begin one instance at once the second waits, and is a conflict when the first commits',
    concurrentTransactions: true,
    async run(fixture) {
      const { instances } = fixture.store;
      const [first, second] = [await fixture.begin(), await fixture.begin()];
      await instances.write(first.executor, [begun('o-1', { state: 'first' })]);
      const waiting = watched(instances.write(second.executor, [begun('o-1'), begun('o-2')]));
      await roundTrips(fixture);
      assert.equal(waiting.settled(), false, 'it waits');
      await first.commit();
      await assert.rejects(waiting.answer, CONFLICT);
      await second.rollback();
      await assertStored(fixture, begun('o-1', { state: 'first' }));
      assert.deepEqual(await load(fixture, [id('o-2')]), []);
    },
  },
  {
    name: 'S7: and begins it when the first rolls back',
    concurrentTransactions: true,
    async run(fixture) {
      const { instances } = fixture.store;
      const [first, second] = [await fixture.begin(), await fixture.begin()];
      await instances.write(first.executor, [begun('o-1', { state: 'first' })]);
      const waiting = watched(instances.write(second.executor, [begun('o-1')]));
      await roundTrips(fixture);
      assert.equal(waiting.settled(), false, 'it waits');
      await first.rollback();
      await waiting.answer;
      await second.commit();
      await assertStored(fixture, begun('o-1'));
    },
  },
  {
    name: 'S8: who loads an instance waits for who has it, and sees what that one wrote',
    concurrentTransactions: true,
    async run(fixture) {
      const { instances } = fixture.store;
      const before = begun('o-1');
      await write(fixture, before, begun('o-2'));
      const [first, second, third] = [await fixture.begin(), await fixture.begin(), await fixture.begin()];
      await instances.load(first.executor, [before]);
      const waiting = watched(instances.load(second.executor, [before]));
      await instances.write(first.executor, [moved(before)]);
      await roundTrips(fixture);
      assert.equal(waiting.settled(), false, 'it waits');
      assert.equal((await instances.load(third.executor, [id('o-2')])).length, 1, 'another instance is free');
      await third.rollback();
      await first.commit();
      assert.deepEqual(await waiting.answer, [storedOf(moved(before))]);
      await second.rollback();
    },
  },
  {
    name: 'S8: of two that write without having loaded the second waits, and is a conflict',
    concurrentTransactions: true,
    async run(fixture) {
      const { instances } = fixture.store;
      const before = begun('o-1');
      await write(fixture, before);
      const [first, second] = [await fixture.begin(), await fixture.begin()];
      await instances.write(first.executor, [moved(before, { state: 'first' })]);
      const waiting = watched(instances.write(second.executor, [moved(before, { state: 'second' })]));
      await roundTrips(fixture);
      assert.equal(waiting.settled(), false, 'it waits');
      await first.commit();
      await assert.rejects(waiting.answer, CONFLICT);
      await second.rollback();
      await assertStored(fixture, moved(before, { state: 'first' }));
    },
  },
  {
    name: 'S8: 20 transactions that count in one instance at once count to 20, without a conflict',
    concurrentTransactions: true,
    async run(fixture) {
      await write(fixture, begun('o-1', { data: '0' }));
      const count = () =>
        inTransaction(fixture, async (executor) => {
          const [stored] = await fixture.store.instances.load(executor, [id('o-1')]);
          const before: SagaWrite = { ...begun('o-1'), ...stored };
          const data = String(Number(stored?.data) + 1);
          await fixture.store.instances.write(executor, [moved(before, { data })]);
        });
      await Promise.all(Array.from({ length: 20 }, count));
      const [counted] = await load(fixture, [id('o-1')]);
      assert.deepEqual([counted?.data, counted?.version, counted?.transitions], ['20', 21, 21]);
    },
  },
  {
    name: 'S7: of 10 that begin one instance at once exactly one does, and nothing of the others is left',
    concurrentTransactions: true,
    async run(fixture) {
      const begin = async (index: number) => {
        const one = begun('o-1', { state: `s${index}`, schedule: [{ timer: `t${index}`, afterMs: 0 }] });
        await write(fixture, one, begun(`own of ${index}`));
        return one;
      };
      const results = await Promise.allSettled(Array.from({ length: 10 }, (_, index) => begin(index)));
      const winners = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      assert.equal(winners.length, 1);
      for (const result of results) if (result.status === 'rejected') assert.equal(result.reason.code, CONFLICT.code);
      const [winner = begun('-')] = winners;
      await assertStored(fixture, winner);
      assert.deepEqual(await timers(fixture, 'o-1'), [`${winner.schedule[0]?.timer} 1`]);
      assert.deepEqual(await remains(fixture, 'o-1'), [1, 1, 1, 0]);
      const own = Array.from({ length: 10 }, (_, index) => id(`own of ${index}`));
      assert.equal((await load(fixture, own)).length, 1);
    },
  },
  {
    name: 'S4: a timer that is cancelled while it is put off is cancelled',
    concurrentTransactions: true,
    async run(fixture) {
      const { store } = fixture;
      const first = begun('o-1', { schedule: ['a', 'b', 'c'].map((timer) => ({ timer, afterMs: 0 })) });
      await write(fixture, first);
      const tx = await fixture.begin();
      for (const timer of ['a', 'b']) {
        await store.timers.postpone(tx.executor, timerOf(first, timer), { delayMs: 0, error: 'it failed' });
      }
      const second = moved(first, { cancel: ['a', 'c'], schedule: [{ timer: 'b', afterMs: 3_600_000 }] });
      const waiting = watched(write(fixture, second));
      await roundTrips(fixture);
      assert.equal(waiting.settled(), false, 'it waits');
      await tx.commit();
      await waiting.answer;
      assert.deepEqual(await timers(fixture, 'o-1'), ['b 2']);
      const [b] = await store.queries.timers(fixture.executor, first);
      assert.equal(b?.failures, 0);
    },
  },
  {
    name: 'S4: what was cancelled before the lock was there does not stand under it',
    concurrentTransactions: true,
    async run(fixture) {
      const { store } = fixture;
      const first = begun('o-1', { schedule: [{ timer: 't', afterMs: 0 }] });
      await write(fixture, first);
      const [event, timer] = [await fixture.begin(), await fixture.begin()];
      await store.instances.load(event.executor, [first]);
      assert.equal((await store.timers.stillSet(timer.executor, [timerOf(first, 't')])).length, 1, 'not yet');
      const waiting = store.instances.load(timer.executor, [first]);
      await store.instances.write(event.executor, [moved(first, { cancel: ['t'] })]);
      await event.commit();
      assert.equal((await waiting)[0]?.version, 2);
      assert.deepEqual(await store.timers.stillSet(timer.executor, [timerOf(first, 't')]), []);
      await timer.rollback();
    },
  },
  {
    name: 'an instance that an event has is not removed, and nobody waits; nor is one that the event has brought on',
    concurrentTransactions: true,
    async run(fixture) {
      const { instances } = fixture.store;
      const [a, b, c] = ['a', 'b', 'c'].map((key) => begun(key, { state: 'completed', kind: 'final', keepMs: 0 }));
      assert.ok(a !== undefined && b !== undefined && c !== undefined);
      await write(fixture, a, b, c);
      const [loading, writing] = [await fixture.begin(), await fixture.begin()];
      await instances.load(loading.executor, [a]);
      await instances.write(writing.executor, [moved(b)]);
      assert.equal(await purge(fixture), 1, 'the one that is free');
      await loading.rollback();
      await writing.commit();
      assert.deepEqual(await remains(fixture, 'b'), [1, 2, 0, 0]);
      assert.equal(await purge(fixture), 1);
      await assertStored(fixture, moved(b));
    },
  },
  {
    name: 'who loads an instance that is being removed waits, and finds nothing; and it can begin again',
    concurrentTransactions: true,
    async run(fixture) {
      const { instances, retention } = fixture.store;
      const over = ended(begun('o-1'), 0);
      await write(fixture, begun('o-1'));
      await write(fixture, over);
      const [removing, event] = [await fixture.begin(), await fixture.begin()];
      assert.equal(await retention.purge(removing.executor, { sagas: ['order'], limit: 5 }), 1);
      const waiting = watched(instances.load(event.executor, [over]));
      await roundTrips(fixture);
      assert.equal(waiting.settled(), false, 'it waits');
      await removing.commit();
      assert.deepEqual(await waiting.answer, []);
      await instances.write(event.executor, [begun('o-1')]);
      await event.commit();
      assert.deepEqual(await remains(fixture, 'o-1'), [1, 1, 0, 0]);
    },
  },
];
