import assert from 'node:assert/strict';
import type { SqlExecutor } from '@holdfast/sql';
import type { SagaId } from '../../store/saga-id.ts';
import { sagaIdText } from '../../store/saga-id.ts';
import { begun, ended, event, id, moved } from './example-writes.ts';
import { purge } from './retention-rules.ts';
import type { SagaStoreFixture } from './saga-store-fixture.ts';
import type { SagaStoreRule } from './saga-store-rule.ts';
import { CONFLICT, inTransaction, load, roundTrips, watched, write } from './store-probe.ts';

/** As a runtime does it: what exists is moved on, what does not begins. */
async function moveAll(
  { store: { instances } }: SagaStoreFixture,
  executor: SqlExecutor,
  { ids, locksMissing }: { readonly ids: readonly SagaId[]; readonly locksMissing: boolean },
) {
  const stored = new Map((await instances.load(executor, ids)).map((one) => [sagaIdText(one), one]));
  const missing = locksMissing ? ids.filter((one) => !stored.has(sagaIdText(one))) : [];
  for (const one of await instances.lockMissing(executor, missing)) stored.set(sagaIdText(one), one);
  const writes = ids.map((one) => {
    const before = stored.get(sagaIdText(one));
    const timer = { schedule: [{ timer: 't', afterMs: 0 }], park: [event('p')] };
    return before === undefined
      ? begun(one.key, timer)
      : moved({ ...begun(one.key), ...before }, { ...timer, kind: 'active' });
  });
  await instances.write(executor, writes);
}

/** Runs the transaction again after conflicts, as an inbox does; anything else is thrown, deadlocks too. Returns the conflicts. */
async function untilWritten(fixture: SagaStoreFixture, ids: readonly SagaId[], locksMissing = true): Promise<number> {
  for (let conflicts = 0; ; conflicts += 1) {
    try {
      await inTransaction(fixture, (executor) => moveAll(fixture, executor, { ids, locksMissing }));
      return conflicts;
    } catch (error) {
      const isConflict = error instanceof Error && 'code' in error && error.code === CONFLICT.code;
      if (!isConflict || conflicts > 100) throw error;
    }
  }
}

async function beginAtOnce(fixture: SagaStoreFixture, locksMissing: boolean): Promise<void> {
  const ids = Array.from({ length: 60 }, (_, index) => id(`o-${index}`));
  const batches = Array.from({ length: 12 }, (_, index) => {
    const some = ids.filter((_one, place) => (place + index) % 3 !== 0);
    return index % 2 === 0 ? some : some.toReversed();
  });
  await Promise.all(batches.map((batch) => untilWritten(fixture, batch, locksMissing)));
  const loaded = await load(fixture, ids);
  assert.deepEqual(new Set(loaded.map(({ version }) => version)), new Set([8]));
  const history = await fixture.store.queries.history(fixture.executor, id('o-7'));
  assert.deepEqual(
    history.map(({ number }) => number),
    [1, 2, 3, 4, 5, 6, 7, 8],
  );
}

/** Transactions of many instances that overlap. */
export const batchRaceRules: readonly SagaStoreRule[] = [
  {
    name: 'S8: batches that overlap, in opposite orders, do not deadlock, and nothing is lost',
    concurrentTransactions: true,
    async run(fixture) {
      const ids = Array.from({ length: 60 }, (_, index) => id(`o-${index}`));
      await write(fixture, ...ids.map(({ key }) => begun(key)));
      const batches = Array.from({ length: 24 }, (_, index) => {
        const some = ids.filter((_one, place) => (place + index) % 3 !== 0);
        return index % 2 === 0 ? some : some.toReversed();
      });
      const conflicts = await Promise.all(batches.map((batch) => untilWritten(fixture, batch)));
      assert.deepEqual(new Set(conflicts), new Set([0]), 'who has to wait waits');
      const versions = (await load(fixture, ids)).map(({ version }) => version);
      assert.deepEqual(new Set(versions), new Set([17]));
    },
  },
  {
    name: 'S7: batches that begin the same instances at once, in opposite orders, do not deadlock, and each begins once',
    concurrentTransactions: true,
    run: (fixture) => beginAtOnce(fixture, false),
  },
  {
    name: 'S7: nor do batches that lock what does not exist before they begin it',
    concurrentTransactions: true,
    run: (fixture) => beginAtOnce(fixture, true),
  },
  {
    name: 'removing what is over does not deadlock with events that move it, and removes nothing that goes on',
    concurrentTransactions: true,
    async run(fixture) {
      const ids = Array.from({ length: 40 }, (_, index) => id(`o-${index}`));
      await write(fixture, ...ids.map(({ key }) => begun(key)));
      await write(fixture, ...ids.map(({ key }) => ended(begun(key), 0)));
      const keys = ids.filter((_, index) => index % 2 === 0);
      const purges = Array.from({ length: 10 }, () => purge(fixture, { limit: 7 }));
      const events = Array.from({ length: 6 }, (_, index) =>
        untilWritten(fixture, index % 2 === 0 ? keys : keys.toReversed()),
      );
      const removed = (await Promise.all(purges)).reduce((sum, one) => sum + one, 0);
      await Promise.all(events);
      const left = await load(fixture, ids);
      assert.equal(left.filter(({ kind }) => kind === 'final').length + removed >= 20, true);
      const moved = left.filter(({ kind }) => kind !== 'final');
      assert.equal(moved.length, 20, 'each that an event moved is there');
      for (const { key, transitions } of moved) {
        const history = await fixture.store.queries.history(fixture.executor, id(key));
        assert.equal(history.length, transitions, 'with its whole history');
      }
    },
  },
  {
    name: 'S7: who asks for instances that do not exist waits for who has asked before, and gets what began meanwhile',
    concurrentTransactions: true,
    async run(fixture) {
      const { instances } = fixture.store;
      const [first, second, third] = [await fixture.begin(), await fixture.begin(), await fixture.begin()];
      assert.deepEqual(await instances.lockMissing(first.executor, [id('a'), id('b')]), []);
      assert.deepEqual(await instances.lockMissing(third.executor, [id('free')]), []);
      await third.rollback();
      const waiting = watched(instances.lockMissing(second.executor, [id('b')]));
      await instances.write(first.executor, [begun('b')]);
      await roundTrips(fixture);
      assert.equal(waiting.settled(), false, 'it waits');
      await first.commit();
      const [b, ...others] = await waiting.answer;
      assert.deepEqual([b?.key, others], ['b', []]);
      await instances.write(second.executor, [moved(begun('b'))]);
      await second.commit();
    },
  },
  {
    name: 'what began meanwhile is locked; one of several that is in use is a conflict instead of a deadlock',
    concurrentTransactions: true,
    async run(fixture) {
      const { instances } = fixture.store;
      await write(fixture, begun('a'), begun('b'));
      const [first, second, third] = [await fixture.begin(), await fixture.begin(), await fixture.begin()];
      const asked = [id('none'), id('b'), id('a')];
      const loaded = await instances.lockMissing(first.executor, asked);
      assert.deepEqual(loaded.map(({ key }) => key).sort(), ['a', 'b']);
      const waiting = watched(instances.load(second.executor, [id('a')]));
      await roundTrips(fixture);
      assert.equal(waiting.settled(), false, 'it is locked');
      await first.rollback();
      assert.equal((await waiting.answer).length, 1);
      await assert.rejects(instances.lockMissing(third.executor, asked), {
        ...CONFLICT,
        message: /instance "a" of saga "order"/,
      });
      await second.rollback();
      await third.rollback();
    },
  },
  {
    name: 'S7: an event that comes before its instance and the event that begins it meet, whoever is first',
    concurrentTransactions: true,
    async run(fixture) {
      const { instances } = fixture.store;
      const keys = Array.from({ length: 10 }, (_, index) => `o-${index}`);
      const park = (key: string) =>
        inTransaction(fixture, async (executor) => {
          const one = { instance: id(key), event: event('early') };
          const [stored] = await instances.load(executor, [id(key)]);
          const [there] = stored === undefined ? await instances.lockMissing(executor, [id(key)]) : [stored];
          if (there === undefined) await instances.parkUnmatched(executor, [one]);
          else await instances.write(executor, [moved({ ...begun(key), ...there }, { data: '"it came late"' })]);
        });
      const begin = (key: string) =>
        inTransaction(fixture, async (executor) => {
          await instances.load(executor, [id(key)]);
          await instances.lockMissing(executor, [id(key)]);
          const waiting = await instances.parked(executor, [id(key)]);
          const release = waiting.map((one) => one.event);
          await instances.write(executor, [begun(key, { release, data: `"${release.length} waited"` })]);
        });
      await Promise.all(keys.flatMap((key, index) => (index % 2 ? [park(key), begin(key)] : [begin(key), park(key)])));
      const data = (
        await load(
          fixture,
          keys.map((key) => id(key)),
        )
      ).map((one) => one.data);
      assert.equal(data.length, 10);
      assert.deepEqual(
        data.filter((one) => one !== '"it came late"' && one !== '"1 waited"'),
        [],
        'none is forgotten',
      );
    },
  },
];
