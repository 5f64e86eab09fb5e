import assert from 'node:assert/strict';
import { begun, HOSTILE, moved, timerOf } from './example-writes.ts';
import type { SagaStoreRule } from './saga-store-rule.ts';
import { due, write } from './store-probe.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A timer that fails is put off, and when the next one is due is known. */
export const timerFailureRules: readonly SagaStoreRule[] = [
  {
    name: 'a timer that is put off is due later, with its failures counted and the last one told',
    async run(fixture) {
      const { store, executor } = fixture;
      const schedule = ['a', 'b'].map((timer) => ({ timer, afterMs: 0 }));
      const first = begun('o-1', { schedule });
      await write(fixture, first, begun('o-2', { schedule }));
      await store.timers.postpone(executor, timerOf(first, 'a'), { delayMs: MINUTE, error: 'first' });
      assert.deepEqual((await due(fixture)).toSorted(), ['o-1 b', 'o-2 a', 'o-2 b']);
      await fixture.elapse(2 * MINUTE);
      await store.timers.postpone(executor, timerOf(first, 'a'), { delayMs: 0, error: HOSTILE });
      const [, , , last] = await store.timers.due(executor, { sagas: ['order'], limit: 10 });
      assert.deepEqual([last?.timer, last?.failures, last?.epoch], ['a', 2, 1]);
      const shown = await store.queries.timers(executor, first);
      assert.deepEqual(
        shown.map(({ timer, failures, lastError }) => [timer, failures, lastError]),
        [
          ['b', 0, null],
          ['a', 2, HOSTILE],
        ],
      );
      assert.deepEqual(await store.timers.stillSet(executor, [timerOf(first, 'a')]), [timerOf(first, 'a')]);
    },
  },
  {
    name: 'S4: a stale timer is not put off, and one that is set anew has not failed',
    async run(fixture) {
      const { store, executor } = fixture;
      const first = begun('o-1', { schedule: [{ timer: 't', afterMs: 0 }] });
      const second = moved(first, { schedule: [{ timer: 't', afterMs: 0 }] });
      await write(fixture, first);
      await store.timers.postpone(executor, timerOf(first, 't'), { delayMs: HOUR, error: 'it failed' });
      await write(fixture, second);
      await store.timers.postpone(executor, timerOf(first, 't'), { delayMs: HOUR, error: 'late' });
      const [shown] = await store.queries.timers(executor, second);
      assert.deepEqual([shown?.epoch, shown?.failures, shown?.lastError], [2, 0, null]);
      assert.deepEqual(await due(fixture), ['o-1 t']);
    },
  },
  {
    name: 'a timer that was put off can be cancelled',
    async run(fixture) {
      const { store, executor } = fixture;
      const first = begun('o-1', { schedule: [{ timer: 't', afterMs: 0 }] });
      await write(fixture, first);
      await store.timers.postpone(executor, timerOf(first, 't'), { delayMs: 0, error: 'it failed' });
      await write(fixture, moved(first, { cancel: ['t'] }));
      assert.deepEqual(await due(fixture), []);
    },
  },
  {
    name: 'how long it is until the next timer is known, of the sagas that are asked for',
    async run(fixture) {
      const { executor } = fixture;
      const { timers } = fixture.store;
      assert.equal(await timers.nextInMs(executor, ['order']), null);
      await write(
        fixture,
        begun('o-1', {
          schedule: [
            { timer: 'a', afterMs: 2 * HOUR },
            { timer: 'b', afterMs: HOUR },
          ],
        }),
      );
      await write(fixture, begun('i-1', { saga: 'invoice', schedule: [{ timer: 'c', afterMs: MINUTE }] }));
      const near = async (sagas: readonly string[], expected: number) => {
        const next = await timers.nextInMs(executor, sagas);
        assert.ok(next !== null && next <= expected && next > expected - MINUTE / 2, `${next} is about ${expected}`);
      };
      await near(['order'], HOUR);
      await near(['order', 'invoice'], MINUTE);
      await near(['unknown', 'order'], HOUR);
      assert.equal(await timers.nextInMs(executor, ['unknown']), null);
      assert.equal(await timers.nextInMs(executor, []), null);
      await fixture.elapse(MINUTE + 1);
      assert.equal(await timers.nextInMs(executor, ['order', 'invoice']), 0);
      await near(['order'], HOUR - MINUTE);
    },
  },
];
