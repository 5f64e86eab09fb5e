import assert from 'node:assert/strict';
import type { WaitingCount } from '../../store/saga-waiting-queries.ts';
import { begun, event, HOSTILE, id, moved } from './example-writes.ts';
import type { SagaStoreRule } from './saga-store-rule.ts';
import { inTransaction, write } from './store-probe.ts';

const SET = { schedule: [{ timer: 't', afterMs: 60_000 }], park: [event('a'), event('b')] };
const PLACE = { saga: 'order', definitionVersion: 1, state: 'paying', kind: 'active' };

function ordered(counts: readonly WaitingCount[]): readonly WaitingCount[] {
  const place = ({ saga, definitionVersion, state, name }: WaitingCount) =>
    `${saga} ${definitionVersion ?? ''} ${state ?? ''} ${name}`;
  return [...counts].sort((left, right) => (place(left) < place(right) ? -1 : 1));
}

/** What checks of new definitions count. */
export const waitingRules: readonly SagaStoreRule[] = [
  {
    name: 'timers that are set are counted by version, state and name, with some keys',
    async run(fixture) {
      const { store, executor } = fixture;
      const first = begun('a', SET);
      await write(fixture, first, begun('b', SET), begun('c', SET), begun('x', { ...SET, saga: 'other' }));
      await write(fixture, begun('d', { ...SET, definitionVersion: 2, schedule: [{ timer: HOSTILE, afterMs: 0 }] }));
      await write(fixture, moved(first));
      const counts = await store.waiting.timers(executor, { sagas: ['order', 'invoice'], sample: 1 });
      assert.deepEqual(ordered(counts), [
        { ...PLACE, name: 't', instances: 2, sample: ['b'] },
        { ...PLACE, state: 'reserving', name: 't', instances: 1, sample: ['a'] },
        { ...PLACE, definitionVersion: 2, name: HOSTILE, instances: 1, sample: ['d'] },
      ]);
      assert.deepEqual(await store.waiting.timers(executor, { sagas: [], sample: 1 }), []);
    },
  },
  {
    name: 'parked events are counted by the instances that have them, also by those that have not begun',
    async run(fixture) {
      const { store, executor } = fixture;
      await write(fixture, begun('a', SET), begun('b', SET), begun('x', { ...SET, saga: 'other' }));
      const waiting = ['never', 'nor'].map((key) => ({ instance: id(key), event: { ...event('c'), type: 'early' } }));
      await inTransaction(fixture, (tx) => store.instances.parkUnmatched(tx, waiting));
      const counts = await store.waiting.parked(executor, { sagas: ['order'], sample: 5 });
      assert.deepEqual(ordered(counts), [
        {
          saga: 'order',
          definitionVersion: null,
          state: null,
          kind: null,
          name: 'early',
          instances: 2,
          sample: ['never', 'nor'],
        },
        { ...PLACE, name: 'payment.succeeded', instances: 2, sample: ['a', 'b'] },
      ]);
    },
  },
];
