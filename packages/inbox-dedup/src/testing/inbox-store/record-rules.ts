import assert from 'node:assert/strict';
import type { InboxStoreRule } from './inbox-store-rule.ts';
import { committed, entry } from './record-probe.ts';

/** A message is recorded once, whoever records it and when; and another message under its id is told from it. */
export const recordRules: readonly InboxStoreRule[] = [
  {
    name: 'F1.1: a message is new once, and a duplicate when it is committed',
    async run(fixture) {
      assert.deepEqual(await committed(fixture, entry('m1')), ['new']);
      assert.deepEqual(await committed(fixture, entry('m1')), ['duplicate']);
      assert.deepEqual(await committed(fixture, entry('m1')), ['duplicate']);
    },
  },
  {
    name: 'a record that is rolled back was never there',
    async run(fixture) {
      const tx = await fixture.begin();
      assert.deepEqual(await fixture.store.records.record(tx.executor, [entry('m1'), entry('m2')]), ['new', 'new']);
      await tx.rollback();
      assert.deepEqual(await committed(fixture, entry('m2')), ['new']);
      assert.deepEqual(await committed(fixture, entry('m1')), ['new']);
    },
  },
  {
    name: 'F1.2: another message under the same id is a conflict, by itself and among others',
    async run(fixture) {
      await committed(fixture, entry('m1'));
      assert.deepEqual(await committed(fixture, entry('m1', 'other')), ['conflict']);
      assert.deepEqual(await committed(fixture, entry('m0'), entry('m1', 'other'), entry('m2')), [
        'new',
        'conflict',
        'new',
      ]);
      assert.deepEqual(await committed(fixture, entry('m1')), ['duplicate'], 'the first one stays');
    },
  },
  {
    name: 'many are recorded at once, their answers in the order of the entries',
    async run(fixture) {
      await committed(fixture, entry('m5'), entry('m1'), entry('m9'));
      const ids = ['m9', 'm2', 'm1', 'm0', 'm5', 'm3'];
      const answers = await committed(fixture, ...ids.map((id) => entry(id)));
      assert.deepEqual(answers, ['duplicate', 'new', 'duplicate', 'new', 'duplicate', 'new']);
      assert.deepEqual(
        await committed(fixture, ...ids.map((id) => entry(id))),
        ids.map(() => 'duplicate'),
      );
    },
  },
  {
    name: 'an entry that comes twice in one call is new once, and another under its id is a conflict',
    async run(fixture) {
      const answers = await committed(fixture, entry('m1'), entry('m2'), entry('m1'), entry('m2', 'other'));
      assert.deepEqual(answers, ['new', 'new', 'duplicate', 'conflict']);
      const again = await committed(fixture, entry('m2', 'other'), entry('m2'), entry('m3'), entry('m3'));
      assert.deepEqual(again, ['conflict', 'duplicate', 'new', 'duplicate']);
    },
  },
  {
    name: 'in one transaction a message that was recorded before is a duplicate',
    async run({ store, begin }) {
      const tx = await begin();
      assert.deepEqual(await store.records.record(tx.executor, [entry('m1')]), ['new']);
      assert.deepEqual(await store.records.record(tx.executor, [entry('m1')]), ['duplicate']);
      assert.deepEqual(await store.records.record(tx.executor, [entry('m1', 'other'), entry('m2')]), [
        'conflict',
        'new',
      ]);
      await tx.commit();
    },
  },
  {
    name: 'consumers, sources and ids are told apart, whatever they contain',
    async run(fixture) {
      const hostile = `it's "a" -- m; drop table x; \\ $1 ?1 \u{1f600} ${'é'.repeat(100)}`;
      const entries = [
        { consumer: 'a', source: 'bc', id: 'd' },
        { consumer: 'ab', source: 'c', id: 'd' },
        { consumer: 'a', source: 'b', id: 'cd' },
        { consumer: hostile, source: hostile, id: hostile },
        { consumer: 'a', source: hostile, id: 'd' },
        { consumer: '1:1', source: '1', id: ':' },
        { consumer: '1', source: ':11', id: ':' },
      ].map((identity) => ({ ...entry('-'), ...identity }));
      assert.deepEqual(
        await committed(fixture, ...entries),
        entries.map(() => 'new'),
      );
      for (const one of entries) assert.deepEqual(await committed(fixture, one), ['duplicate']);
    },
  },
  {
    name: 'no entries are no statement',
    async run({ store }) {
      const executor = {
        execute: () => Promise.reject(new Error('nothing was asked for')),
      };
      assert.deepEqual(await store.records.record(executor, []), []);
      assert.deepEqual(await store.records.look(executor, []), []);
    },
  },
  {
    name: 'a thousand are recorded by one call',
    async run(fixture) {
      const entries = Array.from({ length: 1_000 }, (_, index) => entry(`m${index}`));
      const some = entries.filter((_, index) => index % 3 === 0);
      await committed(fixture, ...some);
      const answers = await committed(fixture, ...entries);
      assert.deepEqual(
        answers,
        entries.map((_, index) => (index % 3 === 0 ? 'duplicate' : 'new')),
      );
    },
  },
  {
    name: 'a look says the same without writing',
    async run(fixture) {
      const { store, executor } = fixture;
      await committed(fixture, entry('m1'), entry('m2'));
      const entries = [entry('m1'), entry('m0'), entry('m2', 'other'), entry('m0')];
      assert.deepEqual(await store.records.look(executor, entries), ['duplicate', 'new', 'conflict', 'duplicate']);
      assert.deepEqual(await store.records.look(executor, [entry('m2')]), ['duplicate']);
      assert.deepEqual(await store.records.look(executor, [entry('m2', 'other')]), ['conflict']);
      assert.deepEqual(await store.records.look(executor, [entry('m0')]), ['new']);
      assert.deepEqual(await committed(fixture, entry('m0')), ['new']);
    },
  },
  {
    name: 'a look does not see what is not committed, and does not wait for it',
    async run({ store, executor, begin }) {
      const tx = await begin();
      await store.records.record(tx.executor, [entry('m1')]);
      assert.deepEqual(await store.records.look(executor, [entry('m1')]), ['new']);
      await tx.commit();
      assert.deepEqual(await store.records.look(executor, [entry('m1')]), ['duplicate']);
    },
  },
  {
    name: 'what is forgotten is new again, once',
    async run(fixture) {
      const { store, executor } = fixture;
      await committed(fixture, entry('m1'), entry('m2'));
      assert.equal(await store.records.forget(executor, entry('m1')), true);
      assert.equal(await store.records.forget(executor, entry('m1')), false);
      assert.equal(await store.records.forget(executor, { ...entry('m2'), consumer: 'mail' }), false);
      assert.deepEqual(await committed(fixture, entry('m1', 'other'), entry('m2')), ['new', 'duplicate']);
      assert.deepEqual(await committed(fixture, entry('m1', 'other')), ['duplicate']);
    },
  },
];
