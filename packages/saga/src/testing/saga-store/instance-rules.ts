import assert from 'node:assert/strict';
import { begun, ended, entry, HOSTILE, id, moved, storedOf } from './example-writes.ts';
import type { SagaStoreRule } from './saga-store-rule.ts';
import { assertStored, CONFLICT, found, inTransaction, load, write } from './store-probe.ts';

/** An instance is there as it was written last, and is written only by who has seen it so. */
export const instanceRules: readonly SagaStoreRule[] = [
  {
    name: 'what is written is loaded, and what is not there is not',
    async run(fixture) {
      const first = begun('o-1', { parked: 2, keepMs: null });
      await write(fixture, first);
      assert.deepEqual(await load(fixture, [id('o-1'), id('o-2')]), [storedOf(first)]);
      assert.deepEqual(await load(fixture, []), []);
    },
  },
  {
    name: 'each write replaces all that the instance is',
    async run(fixture) {
      const first = begun('o-1');
      const second = moved(first, {
        definitionVersion: 2,
        state: 'refunding',
        kind: 'compensating',
        data: '{"a":[1]}',
        correlationId: 'another',
        parked: 3,
        transitions: 7,
      });
      await write(fixture, first);
      await write(fixture, second);
      await assertStored(fixture, second);
      const third = ended(second, 1_000);
      await write(fixture, third);
      await assertStored(fixture, third);
    },
  },
  {
    name: 'S8: a write that expects an older or a newer version is a conflict, and changes nothing',
    async run(fixture) {
      const first = begun('o-1');
      const second = moved(first);
      await write(fixture, first);
      await write(fixture, second);
      const late = { state: 'late', schedule: [{ timer: 'late', afterMs: 0 }] };
      await assert.rejects(write(fixture, moved(first, late)), CONFLICT);
      await assert.rejects(write(fixture, moved(moved(second), late)), CONFLICT);
      await assertStored(fixture, second);
      assert.equal((await fixture.store.queries.history(fixture.executor, first)).length, 2);
    },
  },
  {
    name: 'S7: an instance that exists cannot begin again, whatever its version is',
    async run(fixture) {
      const first = begun('o-1', { schedule: [{ timer: 'kept', afterMs: 60_000 }] });
      await write(fixture, first);
      await assert.rejects(write(fixture, begun('o-1', { state: 'again' })), CONFLICT);
      const second = moved(first);
      await write(fixture, second);
      await assert.rejects(write(fixture, begun('o-1', { state: 'again' })), CONFLICT);
      await assertStored(fixture, second);
    },
  },
  {
    name: 'an instance that is gone cannot be written, by itself and among others',
    async run(fixture) {
      const never = begun('o-1');
      const there = begun('o-2');
      await write(fixture, there);
      await assert.rejects(write(fixture, moved(never)), CONFLICT);
      await assert.rejects(write(fixture, moved(never), moved(there)), CONFLICT);
      assert.deepEqual(await load(fixture, [never]), []);
      await assertStored(fixture, there);
    },
  },
  {
    name: 'one conflict among many writes is a conflict, which names the instance and its saga',
    async run(fixture) {
      const [a, b, c] = [begun('a'), begun('b'), begun('c')];
      await write(fixture, a, b);
      const writes = [moved(a), moved(moved(b)), c];
      await assert.rejects(write(fixture, ...writes), { ...CONFLICT, message: /instance "b" of saga "order"/ });
      await assertStored(fixture, a, b);
      await assert.rejects(write(fixture, moved(a), begun('b')), {
        ...CONFLICT,
        message: /instance "b" of saga "order"/,
      });
      await assertStored(fixture, a, b);
    },
  },
  {
    name: 'a transaction reads what it wrote, and goes on from it',
    async run(fixture) {
      const { instances } = fixture.store;
      const first = begun('o-1');
      const second = moved(first);
      await inTransaction(fixture, async (executor) => {
        await instances.write(executor, [first]);
        assert.deepEqual(await instances.load(executor, [first]), [storedOf(first)]);
        await instances.write(executor, [second]);
        assert.deepEqual(await instances.load(executor, [first]), [storedOf(second)]);
        await assert.rejects(async () => instances.write(executor, [second]), CONFLICT);
      });
      await assertStored(fixture, second);
    },
  },
  {
    name: 'what is rolled back was never there',
    async run(fixture) {
      const { store, executor } = fixture;
      const kept = begun('kept');
      await write(fixture, kept);
      const tx = await fixture.begin();
      const work = {
        schedule: [{ timer: 't', afterMs: 0 }],
        park: [{ source: 's', id: 'p', type: 't', message: '{}' }],
      };
      await store.instances.write(tx.executor, [begun('gone', work), moved(kept, work)]);
      await tx.rollback();
      await assertStored(fixture, kept);
      assert.deepEqual(await load(fixture, [id('gone')]), []);
      for (const one of [id('gone'), kept]) {
        assert.deepEqual(await store.queries.timers(executor, one), []);
        assert.deepEqual(await store.queries.parked(executor, one), []);
      }
      assert.equal((await store.queries.history(executor, id('gone'))).length, 0);
      assert.equal((await store.queries.history(executor, kept)).length, 1);
    },
  },
  {
    name: 'nobody sees what is not committed',
    async run(fixture) {
      const { store, executor } = fixture;
      const tx = await fixture.begin();
      await store.instances.write(tx.executor, [begun('o-1', { schedule: [{ timer: 't', afterMs: 0 }] })]);
      assert.equal(await store.queries.find(executor, id('o-1')), null);
      assert.deepEqual(await store.timers.due(executor, { sagas: ['order'], limit: 10 }), []);
      await tx.commit();
      assert.equal((await found(fixture, 'o-1')).state, 'paying');
    },
  },
  {
    name: 'instances of one key in several sagas, and of several keys, are told apart, whatever they contain',
    async run(fixture) {
      const keys = ['o', 'o ', ' o', 'O', 'o%', '', HOSTILE, `${HOSTILE}x`, 'a b', '\u00e9', 'e\u0301'];
      const sagas = ['order', 'orde', 'order2'];
      const writes = sagas.flatMap((saga) =>
        keys.map((key) => begun(key, { saga, data: JSON.stringify({ saga, key }) })),
      );
      await write(fixture, ...writes);
      const loaded = await load(fixture, writes);
      assert.equal(loaded.length, writes.length);
      for (const one of loaded) assert.equal(one.data, JSON.stringify({ saga: one.saga, key: one.key }));
      const one = writes[6] ?? begun('-');
      await write(fixture, moved(one));
      const states = await load(fixture, writes);
      assert.equal(states.filter(({ state }) => state === 'reserving').length, 1, 'only that one is moved');
    },
  },
  {
    name: 'all texts come back as they were',
    async run(fixture) {
      const first = begun(HOSTILE, {
        saga: 'hostile',
        state: HOSTILE,
        data: JSON.stringify({ text: HOSTILE, nul: '\u0000', lone: '\ud800' }),
        correlationId: HOSTILE,
        history: [
          entry(1, { name: HOSTILE, reason: HOSTILE, actor: HOSTILE, label: HOSTILE, changes: HOSTILE, sent: HOSTILE }),
        ],
        schedule: [{ timer: HOSTILE, afterMs: 0 }],
        park: [{ source: HOSTILE, id: HOSTILE, type: HOSTILE, message: HOSTILE }],
      });
      await write(fixture, first);
      assert.deepEqual(await load(fixture, [first]), [storedOf(first)]);
      const { queries } = fixture.store;
      const [told] = await queries.history(fixture.executor, first);
      assert.deepEqual({ ...told, at: 0 }, { ...first.history[0], at: 0 });
      assert.equal((await queries.timers(fixture.executor, first))[0]?.timer, HOSTILE);
      const [parked] = await queries.parked(fixture.executor, first);
      assert.deepEqual({ ...parked, parkedAt: 0 }, { ...first.park[0], parkedAt: 0 });
      await write(fixture, moved(first, { cancel: [HOSTILE], release: [{ source: HOSTILE, id: HOSTILE }] }));
      assert.deepEqual(await queries.timers(fixture.executor, first), []);
      assert.deepEqual(await queries.parked(fixture.executor, first), []);
    },
  },
  {
    name: 'data of 200,000 bytes is stored and changed',
    async run(fixture) {
      const first = begun('o-1', { data: JSON.stringify({ text: 'é'.repeat(100_000) }) });
      await write(fixture, first);
      await assertStored(fixture, first);
      const second = moved(first, { data: JSON.stringify({ text: 'ü'.repeat(100_000) }) });
      await write(fixture, second);
      await assertStored(fixture, second);
    },
  },
  {
    name: 'a thousand instances are begun, moved and ended by one call each',
    async run(fixture) {
      const many = Array.from({ length: 1_000 }, (_, index) => begun(`o-${index}`, { data: `{"n":${index}}` }));
      await write(fixture, ...many);
      const next = many.map((one, index) => (index % 2 === 0 ? moved(one, { data: one.data }) : ended(one, 1_000)));
      await write(fixture, ...[...next].reverse());
      await assertStored(fixture, ...next);
      const mixed = [...next.map((one) => moved(one)), ...many.map((one) => begun(`new ${one.key}`))];
      await write(fixture, ...mixed);
      await assertStored(fixture, ...mixed);
    },
  },
  {
    name: 'nothing to load or to write is no statement',
    async run({ store: { instances } }) {
      const executor = { execute: () => Promise.reject(new Error('nothing was asked for')) };
      assert.deepEqual(await instances.load(executor, []), []);
      assert.deepEqual(await instances.lockMissing(executor, []), []);
      assert.deepEqual(await instances.parked(executor, []), []);
      await instances.write(executor, []);
      await instances.parkUnmatched(executor, []);
    },
  },
];
