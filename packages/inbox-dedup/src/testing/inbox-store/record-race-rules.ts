import assert from 'node:assert/strict';
import type { InboxStoreRule } from './inbox-store-rule.ts';
import { committed, entry, roundTrips, watched } from './record-probe.ts';

/** Transactions that record the same messages at the same time. */
export const recordRaceRules: readonly InboxStoreRule[] = [
  {
    name: 'F1.1: of two transactions that record one message at once the second waits, and gets a duplicate when the first commits',
    concurrentTransactions: true,
    async run(fixture) {
      const { store } = fixture;
      const [first, second] = [await fixture.begin(), await fixture.begin()];
      assert.deepEqual(await store.records.record(first.executor, [entry('m1')]), ['new']);
      const waiting = watched(store.records.record(second.executor, [entry('m1')]));
      await roundTrips(fixture);
      assert.equal(waiting.settled(), false, 'it waits');
      await first.commit();
      assert.deepEqual(await waiting.answer, ['duplicate']);
      await second.commit();
    },
  },
  {
    name: 'F1.1: and is new when the first rolls back',
    concurrentTransactions: true,
    async run(fixture) {
      const { store } = fixture;
      const [first, second] = [await fixture.begin(), await fixture.begin()];
      await store.records.record(first.executor, [entry('m1'), entry('m2')]);
      const waiting = watched(store.records.record(second.executor, [entry('m2'), entry('m3')]));
      await roundTrips(fixture);
      assert.equal(waiting.settled(), false, 'it waits');
      await first.rollback();
      assert.deepEqual(await waiting.answer, ['new', 'new']);
      await second.commit();
      assert.deepEqual(await committed(fixture, entry('m1'), entry('m2')), ['new', 'duplicate']);
    },
  },
  {
    name: 'F1.2: another message under the same id at once is a conflict when the first commits',
    concurrentTransactions: true,
    async run(fixture) {
      const { store } = fixture;
      const [first, second] = [await fixture.begin(), await fixture.begin()];
      await store.records.record(first.executor, [entry('m1')]);
      const waiting = store.records.record(second.executor, [entry('m1', 'other'), entry('m2')]);
      await roundTrips(fixture);
      await first.commit();
      assert.deepEqual(await waiting, ['conflict', 'new']);
      await second.rollback();
    },
  },
  {
    name: 'calls with the same entries in opposite order do not deadlock',
    concurrentTransactions: true,
    async run(fixture) {
      const entries = Array.from({ length: 200 }, (_, index) => entry(`m${index}`));
      const calls = Array.from({ length: 6 }, (_, index) =>
        committed(fixture, ...(index % 2 === 0 ? entries : [...entries].reverse())),
      );
      const answers = (await Promise.all(calls)).flat();
      assert.equal(answers.filter((answer) => answer === 'new').length, 200, 'each is new once');
      assert.equal(answers.filter((answer) => answer === 'duplicate').length, 1_000);
    },
  },
  {
    name: 'of 20 transactions that record one message at once exactly one commits it as new',
    concurrentTransactions: true,
    async run(fixture) {
      const answers = await Promise.all(Array.from({ length: 20 }, () => committed(fixture, entry('m1'))));
      assert.equal(answers.flat().filter((answer) => answer === 'new').length, 1);
    },
  },
];
