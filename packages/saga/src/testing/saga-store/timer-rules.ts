import assert from 'node:assert/strict';
import { begun, ended, HOSTILE, moved, timerOf } from './example-writes.ts';
import type { SagaStoreRule } from './saga-store-rule.ts';
import { due, timers, write } from './store-probe.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const LATER = 10 * MINUTE;

/** A timer is set, set anew and cancelled with the instance that it belongs to. */
export const timerRules: readonly SagaStoreRule[] = [
  {
    name: 'S4: a timer is due when its time is over by the clock of the database, and not before',
    async run(fixture) {
      await write(fixture, begun('o-1', { schedule: [{ timer: 'payment', afterMs: MINUTE }] }));
      assert.deepEqual(await due(fixture), []);
      await fixture.elapse(MINUTE - 20_000);
      assert.deepEqual(await due(fixture), []);
      await fixture.elapse(30_000);
      const [timer, ...others] = await fixture.store.timers.due(fixture.executor, { sagas: ['order'], limit: 10 });
      assert.deepEqual(others, []);
      const { overdueMs = 0, ...rest } = timer ?? {};
      assert.deepEqual(rest, { saga: 'order', key: 'o-1', timer: 'payment', epoch: 1, failures: 0 });
      assert.ok(overdueMs >= 10_000 && overdueMs < 10_000 + LATER, `${overdueMs}`);
    },
  },
  {
    name: 'a timer without a delay is due at once',
    async run(fixture) {
      await write(fixture, begun('o-1', { schedule: [{ timer: 'now', afterMs: 0 }] }));
      assert.deepEqual(await due(fixture), ['o-1 now']);
    },
  },
  {
    name: 'timers that are due come by how long they are, over all sagas that are asked for, and no more than asked for',
    async run(fixture) {
      for (const [key, saga] of [
        ['a', 'order'],
        ['b', 'invoice'],
        ['c', 'order'],
        ['d', 'other'],
      ] as const) {
        await write(fixture, begun(key, { saga, schedule: [{ timer: 't', afterMs: 0 }] }));
        await fixture.elapse(MINUTE);
      }
      const sagas = ['order', 'invoice', 'order', 'unknown'];
      assert.deepEqual(await due(fixture, { sagas }), ['a t', 'b t', 'c t']);
      assert.deepEqual(await due(fixture, { sagas, limit: 2 }), ['a t', 'b t']);
      assert.deepEqual(await due(fixture, { sagas, limit: 1 }), ['a t']);
      assert.deepEqual(await due(fixture, { sagas: ['other'] }), ['d t']);
      assert.deepEqual(await due(fixture, { sagas: [] }), []);
    },
  },
  {
    name: 'S4: a timer that is cancelled is not set any more, and the others are',
    async run(fixture) {
      const schedule = ['a', 'b', 'c'].map((timer) => ({ timer, afterMs: MINUTE }));
      const [one, two] = [begun('o-1', { schedule }), begun('o-2', { schedule })];
      await write(fixture, one, two);
      await write(fixture, moved(one, { cancel: ['b', 'never set'] }));
      assert.deepEqual(await timers(fixture, 'o-1'), ['a 1', 'c 1']);
      assert.deepEqual(await timers(fixture, 'o-2'), ['a 1', 'b 1', 'c 1']);
      await fixture.elapse(LATER);
      assert.equal((await due(fixture)).length, 5);
    },
  },
  {
    name: 'S4: a timer that is set anew is due by its new delay only, and has the version that set it',
    async run(fixture) {
      const first = begun('o-1', { schedule: [{ timer: 't', afterMs: MINUTE }] });
      await write(fixture, first);
      await fixture.elapse(MINUTE / 2);
      await write(fixture, moved(first, { schedule: [{ timer: 't', afterMs: MINUTE }] }));
      assert.deepEqual(await timers(fixture, 'o-1'), ['t 2']);
      await fixture.elapse(MINUTE / 2);
      assert.deepEqual(await due(fixture), [], 'the first delay is over');
      await fixture.elapse(MINUTE);
      assert.deepEqual(await due(fixture), ['o-1 t']);
    },
  },
  {
    name: 'a timer that is cancelled and set in one write ends set',
    async run(fixture) {
      const first = begun('o-1', { schedule: [{ timer: 't', afterMs: MINUTE }] });
      await write(fixture, first);
      await write(fixture, moved(first, { cancel: ['t', 'u'], schedule: [{ timer: 't', afterMs: 0 }] }));
      assert.deepEqual(await timers(fixture, 'o-1'), ['t 2']);
      assert.deepEqual(await due(fixture), ['o-1 t']);
      const third = moved(moved(first), { cancel: ['t'], schedule: [{ timer: 't', afterMs: 0 }] });
      await write(fixture, third);
      assert.deepEqual(await timers(fixture, 'o-1'), ['t 3']);
    },
  },
  {
    name: 'a timer that a write does not mention stays as it was, with the version that set it',
    async run(fixture) {
      const first = begun('o-1', { schedule: [{ timer: 'old', afterMs: MINUTE }] });
      const second = moved(first, { schedule: [{ timer: 'new', afterMs: LATER }] });
      await write(fixture, first);
      await fixture.elapse(MINUTE / 2);
      await write(fixture, second);
      await write(fixture, ended(second, 1_000));
      assert.deepEqual(await timers(fixture, 'o-1'), ['new 2', 'old 1']);
      await fixture.elapse(MINUTE);
      assert.deepEqual(await due(fixture), ['o-1 old']);
    },
  },
  {
    name: 'timers of one name of many instances are set and cancelled by one write',
    async run(fixture) {
      const many = Array.from({ length: 300 }, (_, index) =>
        begun(`o-${index}`, {
          schedule: [
            { timer: 't', afterMs: 0 },
            { timer: `u${index}`, afterMs: 0 },
          ],
        }),
      );
      await write(fixture, ...many);
      assert.equal((await due(fixture, { limit: 1_000 })).length, 600);
      await write(
        fixture,
        ...many.map((one, index) => moved(one, index % 3 === 0 ? { cancel: ['t', `u${index}`] } : { cancel: ['u'] })),
      );
      const left = await due(fixture, { limit: 1_000 });
      assert.equal(left.length, 400);
      assert.ok(left.every((timer) => Number(timer.slice(2, timer.indexOf(' '))) % 3 !== 0));
    },
  },
  {
    name: 'timers are shown by when they are due',
    async run(fixture) {
      const { store, executor } = fixture;
      const first = begun('o-1', {
        schedule: [
          { timer: 'late', afterMs: 365 * 24 * 60 * MINUTE },
          { timer: 'soon', afterMs: MINUTE },
        ],
      });
      await write(fixture, first);
      const { startedAt } = (await store.queries.find(executor, first)) ?? { startedAt: 0 };
      const shown = await store.queries.timers(executor, first);
      assert.deepEqual(
        shown.map(({ timer, failures, lastError }) => [timer, failures, lastError]),
        [
          ['soon', 0, null],
          ['late', 0, null],
        ],
      );
      for (const [index, afterMs] of [MINUTE, 365 * 24 * 60 * MINUTE].entries()) {
        const off = (shown[index]?.dueAt ?? 0) - startedAt - afterMs;
        assert.ok(Math.abs(off) < 1_000, `${off} ms off`);
      }
    },
  },
  {
    name: 'S4: a timer that is due still stands until it is cancelled, set anew or removed',
    async run(fixture) {
      const { timers: store } = fixture.store;
      const schedule = ['kept', 'cancelled', 'anew', 'removed', HOSTILE].map((timer) => ({ timer, afterMs: 0 }));
      const first = begun('o-1', { schedule });
      const second = moved(first, { cancel: ['cancelled'], schedule: [{ timer: 'anew', afterMs: 0 }] });
      await write(fixture, first);
      const all = [...schedule.map(({ timer }) => timerOf(first, timer)), timerOf(first, 'never')];
      assert.deepEqual(await store.stillSet(fixture.executor, all), all.slice(0, 5));
      await write(fixture, second);
      await store.remove(fixture.executor, [timerOf(first, 'removed')]);
      assert.deepEqual(await store.stillSet(fixture.executor, [...all, timerOf(second, 'anew')]), [
        timerOf(first, 'kept'),
        timerOf(first, HOSTILE),
        timerOf(second, 'anew'),
      ]);
      assert.deepEqual(await store.stillSet(fixture.executor, []), []);
      assert.deepEqual(await store.stillSet(fixture.executor, [{ ...timerOf(first, 'kept'), saga: 'other' }]), []);
      assert.deepEqual(await store.stillSet(fixture.executor, [{ ...timerOf(first, 'kept'), key: 'o-2' }]), []);
    },
  },
  {
    name: 'S4: a timer that is not due, or was put off, is not one that was found due before, and is not put off for its sake',
    async run(fixture) {
      const { store, executor } = fixture;
      const first = begun('o-1', {
        schedule: [
          { timer: 'later', afterMs: HOUR },
          { timer: 'put off', afterMs: 0 },
        ],
      });
      const all = [timerOf(first, 'later'), timerOf(first, 'put off')];
      await write(fixture, first);
      assert.deepEqual(await store.timers.stillSet(executor, all), all.slice(1));
      const failure = { delayMs: MINUTE, error: 'it failed' };
      for (const timer of [...all, ...all]) await store.timers.postpone(executor, timer, failure);
      assert.deepEqual(await store.timers.stillSet(executor, all), []);
      const shown = await store.queries.timers(executor, first);
      assert.deepEqual(
        shown.map(({ timer, failures }) => [timer, failures]),
        [
          ['put off', 1],
          ['later', 0],
        ],
      );
      await fixture.elapse(HOUR);
      assert.equal((await store.timers.stillSet(executor, all)).length, 2);
    },
  },
  {
    name: 'S4: a stale timer is not removed, and one that stands is',
    async run(fixture) {
      const { timers: store } = fixture.store;
      const schedule = ['a', 'b'].map((timer) => ({ timer, afterMs: 0 }));
      const first = begun('o-1', { schedule });
      const second = moved(first, { schedule: [{ timer: 'a', afterMs: 0 }] });
      await write(fixture, first, begun('o-2', { schedule }));
      await write(fixture, second);
      await store.remove(fixture.executor, [timerOf(first, 'a'), timerOf(first, 'b'), timerOf(first, 'c')]);
      assert.deepEqual(await timers(fixture, 'o-1'), ['a 2']);
      assert.deepEqual(await timers(fixture, 'o-2'), ['a 1', 'b 1']);
      await store.remove(fixture.executor, [timerOf(second, 'a')]);
      await store.remove(fixture.executor, []);
      assert.deepEqual(await timers(fixture, 'o-1'), []);
    },
  },
];
