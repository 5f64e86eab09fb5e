import assert from 'node:assert/strict';
import { begun, ended, event, id, moved } from './example-writes.ts';
import type { SagaStoreFixture } from './saga-store-fixture.ts';
import type { SagaStoreRule } from './saga-store-rule.ts';
import { inTransaction, write } from './store-probe.ts';

/** The names of what is parked for an instance, as an operator and as the next event reads it. */
async function parked(fixture: SagaStoreFixture, key: string): Promise<readonly string[]> {
  const { store, executor } = fixture;
  const shown = await store.queries.parked(executor, id(key));
  const waiting = await store.instances.parked(executor, [id(key)]);
  assert.deepEqual(
    shown.map(({ parkedAt: _, ...rest }) => rest),
    waiting.map((one) => one.event),
  );
  return shown.map((one) => one.id);
}

/** An event is parked until it is taken. */
export const parkedRules: readonly SagaStoreRule[] = [
  {
    name: 'S7: parked events wait in the order in which they were parked, as they were',
    async run(fixture) {
      const first = begun('o-1', { park: [event('z'), event('a')] });
      await write(fixture, first);
      await write(fixture, moved(first, { park: [event('m')] }));
      assert.deepEqual(await parked(fixture, 'o-1'), ['z', 'a', 'm']);
      const [waiting] = await fixture.store.instances.parked(fixture.executor, [first]);
      assert.deepEqual(waiting, { instance: id('o-1'), event: event('z') });
    },
  },
  {
    name: 'S7: a released event is gone, and the others wait on',
    async run(fixture) {
      const park = ['a', 'b', 'c'].map(event);
      const [one, two] = [begun('o-1', { park }), begun('o-2', { park })];
      await write(fixture, one, two);
      await write(
        fixture,
        moved(one, { park: [event('d')], release: [event('b'), { ...event('c'), source: '/stock' }] }),
      );
      assert.deepEqual(await parked(fixture, 'o-1'), ['a', 'c', 'd']);
      assert.deepEqual(await parked(fixture, 'o-2'), ['a', 'b', 'c']);
    },
  },
  {
    name: 'an event that is parked already is kept once, as it was first',
    async run(fixture) {
      const first = begun('o-1', { park: [event('a'), event('b')] });
      await write(fixture, first);
      await write(fixture, moved(first, { park: [{ ...event('a'), message: 'other' }, event('c')] }));
      assert.deepEqual(await parked(fixture, 'o-1'), ['a', 'b', 'c']);
      const [waiting] = await fixture.store.instances.parked(fixture.executor, [first]);
      assert.deepEqual(waiting?.event, event('a'));
    },
  },
  {
    name: 'S7: events of instances that do not exist are kept until they begin',
    async run(fixture) {
      const { instances } = fixture.store;
      const waiting = ['a', 'b', 'c'].map((name) => ({
        instance: id(name === 'b' ? 'o-2' : 'o-1'),
        event: event(name),
      }));
      await inTransaction(fixture, (executor) => instances.parkUnmatched(executor, waiting));
      const again = { instance: id('o-1'), event: { ...event('a'), message: 'other' } };
      await inTransaction(fixture, (executor) =>
        instances.parkUnmatched(executor, [again, { instance: id('o-1'), event: event('d') }]),
      );
      assert.deepEqual(await parked(fixture, 'o-1'), ['a', 'c', 'd']);
      assert.equal(await fixture.store.queries.find(fixture.executor, id('o-1')), null);
      await write(fixture, begun('o-1', { parked: 1, release: [event('a'), event('d')] }));
      assert.deepEqual(await parked(fixture, 'o-1'), ['c']);
      assert.deepEqual(await parked(fixture, 'o-2'), ['b']);
    },
  },
  {
    name: 'what waits for several instances is read by one call, that of each in its order',
    async run(fixture) {
      const keys = ['x', 'y', 'z'];
      for (const name of ['3', '1', '2']) {
        const waiting = keys.map((key) => ({ instance: id(key), event: event(`${key}${name}`) }));
        await inTransaction(fixture, (executor) => fixture.store.instances.parkUnmatched(executor, waiting));
      }
      const asked = ['z', 'none', 'x'].map((key) => id(key));
      const waiting = await fixture.store.instances.parked(fixture.executor, [...asked, id('y', 'other')]);
      const of = (key: string) => waiting.filter(({ instance }) => instance.key === key).map((one) => one.event.id);
      assert.deepEqual([of('z'), of('x'), waiting.length], [['z3', 'z1', 'z2'], ['x3', 'x1', 'x2'], 6]);
      assert.ok(waiting.every(({ instance }) => instance.saga === 'order'));
    },
  },
  {
    name: 'many events of many instances are parked by one write, in their order',
    async run(fixture) {
      const many = Array.from({ length: 100 }, (_, index) =>
        begun(`o-${index}`, { park: Array.from({ length: 10 }, (_, place) => event(`${9 - place}`)) }),
      );
      await write(fixture, ...many);
      for (const key of ['o-0', 'o-50', 'o-99']) {
        assert.deepEqual(await parked(fixture, key), ['9', '8', '7', '6', '5', '4', '3', '2', '1', '0']);
      }
    },
  },
  {
    name: 'when an event was parked is known',
    async run(fixture) {
      const { store, executor } = fixture;
      const first = begun('o-1', { park: [event('a')] });
      await write(fixture, first);
      await fixture.elapse(60_000);
      await write(fixture, ended(first, 1_000, { park: [event('b')] }));
      const [a, b] = await store.queries.parked(executor, first);
      const apart = (b?.parkedAt ?? 0) - (a?.parkedAt ?? 0);
      assert.ok(apart >= 60_000 && apart < 120_000, `${apart}`);
    },
  },
];
