import assert from 'node:assert/strict';
import { begun, ended, moved } from './example-writes.ts';
import type { SagaStoreRule } from './saga-store-rule.ts';
import { write } from './store-probe.ts';

const MINUTE = 60_000;

/** What gauges and checks of compatibility count. */
export const countRules: readonly SagaStoreRule[] = [
  {
    name: 'instances are counted by saga, version and state, with the keys of the oldest',
    async run(fixture) {
      const { store, executor } = fixture;
      for (const key of ['c', 'a', 'b', 'd']) {
        await write(fixture, begun(key));
        await fixture.elapse(MINUTE);
      }
      await write(fixture, moved(begun('a')), ended(begun('d'), MINUTE));
      await write(
        fixture,
        begun('v2', { definitionVersion: 2 }),
        begun('i', { saga: 'invoice' }),
        begun('x', { saga: 'other' }),
      );
      const group = { saga: 'order', definitionVersion: 1, kind: 'active', instances: 1 };
      const expected = [
        { ...group, state: 'completed', kind: 'final', sample: ['d'] },
        { ...group, state: 'paying', instances: 2, sample: ['c', 'b'] },
        { ...group, state: 'reserving', sample: ['a'] },
        { ...group, definitionVersion: 2, state: 'paying', sample: ['v2'] },
        { ...group, saga: 'invoice', state: 'paying', sample: ['i'] },
      ];
      const counts = async (sample: number, sagas = ['order', 'invoice']) =>
        [...(await store.queries.counts(executor, { sagas, sample }))].sort(
          (left, right) =>
            right.saga.localeCompare(left.saga) ||
            left.definitionVersion - right.definitionVersion ||
            left.state.localeCompare(right.state),
        );
      const upTo = (sample: number) => expected.map((one) => ({ ...one, sample: one.sample.slice(0, sample) }));
      assert.deepEqual(await counts(5), upTo(5));
      assert.deepEqual(await counts(1), upTo(1));
      assert.deepEqual(await counts(0), upTo(0));
      assert.deepEqual(await counts(5, ['unknown']), []);
      assert.deepEqual(await counts(5, []), []);
    },
  },
  {
    name: 'S5: instances that wait for a person are counted, with the time since the first of them changed last',
    async run(fixture) {
      const { queries } = fixture.store;
      const failed = { state: 'failed', kind: 'attention' } as const;
      await write(fixture, begun('a', failed), begun('b'), begun('c', { ...failed, saga: 'invoice' }));
      await fixture.elapse(10 * MINUTE);
      await write(
        fixture,
        moved(begun('b'), failed),
        begun('d', { saga: 'fine' }),
        begun('e', { ...failed, saga: 'other' }),
      );
      const attention = await queries.attention(fixture.executor, ['order', 'invoice', 'fine']);
      assert.deepEqual(attention.map(({ saga, instances }) => [saga, instances]).sort(), [
        ['invoice', 1],
        ['order', 2],
      ]);
      for (const { oldestMs } of attention) assert.ok(oldestMs >= 10 * MINUTE && oldestMs < 20 * MINUTE, `${oldestMs}`);
      await write(fixture, moved(begun('a', failed), { kind: 'active' }));
      const [order] = await queries.attention(fixture.executor, ['order']);
      assert.equal(order?.instances, 1);
      assert.ok((order?.oldestMs ?? MINUTE) < MINUTE);
      assert.deepEqual(await queries.attention(fixture.executor, []), []);
    },
  },
];
