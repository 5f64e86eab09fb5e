import assert from 'node:assert/strict';
import type { SagaListQuery } from '../../store/saga-queries.ts';
import type { SagaWrite } from '../../store/saga-write.ts';
import { begun, ended, entry, HOSTILE, id, moved } from './example-writes.ts';
import type { SagaStoreFixture } from './saga-store-fixture.ts';
import type { SagaStoreRule } from './saga-store-rule.ts';
import { found, write } from './store-probe.ts';

const MINUTE = 60_000;

async function list({ store, executor }: SagaStoreFixture, query: Partial<SagaListQuery> = {}): Promise<string[]> {
  const listed = await store.queries.list(executor, { saga: 'order', limit: 100, ...query });
  return listed.map(({ key }) => key);
}

/** Instances in several states, begun a minute after each other; `waiting` changed last. */
async function several(fixture: SagaStoreFixture): Promise<void> {
  const writes: [string, (begun: SagaWrite) => SagaWrite | null][] = [
    ['paying', () => null],
    ['completed', (one) => ended(one, MINUTE)],
    ['reserving', (one) => moved(one, { definitionVersion: 2 })],
    ['refunding', (one) => moved(one, { state: 'refunding', kind: 'compensating' })],
    ['waiting', (one) => moved(one, { state: 'failed', kind: 'attention' })],
    ['cancelled', (one) => ended(one, MINUTE, { state: 'cancelled', definitionVersion: 2 })],
  ];
  const first = writes.map(([key, then]) => ({ one: begun(key), then }));
  for (const { one } of first) {
    await write(fixture, one);
    await fixture.elapse(MINUTE);
  }
  await write(fixture, begun('other', { saga: 'invoice' }));
  for (const { one, then } of first.toReversed()) {
    const next = then(one);
    if (next !== null && one.key !== 'waiting') await write(fixture, next);
  }
  await fixture.elapse(10 * MINUTE);
  await write(fixture, moved(begun('waiting'), { state: 'failed', kind: 'attention' }));
}

/** What operators see. */
export const queryRules: readonly SagaStoreRule[] = [
  {
    name: 'instances are listed from the oldest, of one saga, by state, kind, version and how long they have not changed',
    async run(fixture) {
      await several(fixture);
      const all = ['paying', 'completed', 'reserving', 'refunding', 'waiting', 'cancelled'];
      assert.deepEqual(await list(fixture), all);
      assert.deepEqual(await list(fixture, { limit: 3 }), all.slice(0, 3));
      assert.deepEqual(await list(fixture, { saga: 'invoice' }), ['other']);
      assert.deepEqual(await list(fixture, { saga: 'unknown' }), []);
      assert.deepEqual(await list(fixture, { states: ['failed', 'completed'] }), ['completed', 'waiting']);
      assert.deepEqual(await list(fixture, { kinds: ['attention'] }), ['waiting']);
      assert.deepEqual(await list(fixture, { kinds: ['final'] }), ['completed', 'cancelled']);
      assert.deepEqual(await list(fixture, { kinds: ['final', 'compensating'] }), [
        'completed',
        'refunding',
        'cancelled',
      ]);
      assert.deepEqual(await list(fixture, { kinds: ['active', 'attention'] }), ['paying', 'reserving', 'waiting']);
      assert.deepEqual(await list(fixture, { kinds: [] }), []);
      assert.deepEqual(await list(fixture, { states: [] }), []);
      assert.deepEqual(await list(fixture, { definitionVersions: [2] }), ['reserving', 'cancelled']);
      assert.deepEqual(
        await list(fixture, { unchangedForMs: 5 * MINUTE }),
        all.filter((key) => key !== 'waiting'),
      );
      assert.deepEqual(await list(fixture, { unchangedForMs: 60 * MINUTE }), []);
      assert.deepEqual(
        await list(fixture, { kinds: ['final'], states: ['cancelled', 'failed'], definitionVersions: [2, 3] }),
        ['cancelled'],
      );
      assert.deepEqual(await list(fixture, { states: [HOSTILE] }), []);
    },
  },
  {
    name: 'pages go on where the one before ended, also among instances that began at one time',
    async run(fixture) {
      const keys = Array.from({ length: 25 }, (_, index) => `o-${String(index).padStart(2, '0')}`);
      await write(fixture, ...keys.map((key) => begun(key)));
      await write(fixture, ...keys.slice(0, 10).map((key) => ended(begun(key), MINUTE)));
      await fixture.elapse(MINUTE);
      await write(fixture, begun('a'), begun('z'));
      for (const kinds of [undefined, ['active', 'final']] as const) {
        const seen: string[] = [];
        let after: SagaListQuery['after'];
        for (let page = 0; page < 20; page += 1) {
          const listed = await fixture.store.queries.list(fixture.executor, { saga: 'order', limit: 4, after, kinds });
          assert.ok(listed.length <= 4);
          seen.push(...listed.map(({ key }) => key));
          const last = listed.at(-1);
          if (last === undefined) break;
          after = last;
        }
        assert.deepEqual(seen.slice(0, 25).toSorted(), keys);
        assert.deepEqual(seen.slice(25), ['a', 'z']);
      }
    },
  },
  {
    name: 'an instance has the times when it began, changed last and was over, by the clock of the database',
    async run(fixture) {
      const first = begun('o-1');
      await write(fixture, first);
      const began = await found(fixture, 'o-1');
      assert.deepEqual([began.changedAt, began.finishedAt], [began.startedAt, null]);
      await fixture.elapse(MINUTE);
      const second = moved(first);
      await write(fixture, second);
      const { startedAt, changedAt } = await found(fixture, 'o-1');
      assert.equal(startedAt, began.startedAt - MINUTE, 'the beginning stays');
      assert.ok(changedAt >= startedAt + MINUTE);
      await fixture.elapse(MINUTE);
      await write(fixture, ended(second, MINUTE));
      const over = await found(fixture, 'o-1');
      assert.equal(over.startedAt, startedAt - MINUTE);
      assert.equal(over.finishedAt, over.changedAt);
      assert.ok((over.finishedAt ?? 0) >= over.startedAt + 2 * MINUTE);
    },
  },
  {
    name: 'a write without a transition is not a change',
    async run(fixture) {
      const first = begun('o-1');
      await write(fixture, first);
      const { changedAt } = await found(fixture, 'o-1');
      await fixture.elapse(MINUTE);
      await write(fixture, moved(first, { transitions: first.transitions, history: [], parked: 1 }));
      assert.equal((await found(fixture, 'o-1')).changedAt, changedAt - MINUTE);
      assert.equal((await found(fixture, 'o-1')).parked, 1);
    },
  },
  {
    name: 'when an instance was over stays while it is, and is forgotten when it goes on',
    async run(fixture) {
      const over = ended(begun('o-1'), MINUTE);
      const still = ended(over, MINUTE, { state: 'cancelled' });
      const on = moved(still);
      await write(fixture, begun('o-1'));
      await write(fixture, over);
      const { finishedAt } = await found(fixture, 'o-1');
      await fixture.elapse(MINUTE);
      await write(fixture, still);
      assert.equal((await found(fixture, 'o-1')).finishedAt, (finishedAt ?? 0) - MINUTE);
      await write(fixture, on);
      assert.equal((await found(fixture, 'o-1')).finishedAt, null);
      assert.deepEqual(await list(fixture, { kinds: ['final'] }), []);
      await write(fixture, ended(on, MINUTE));
      assert.ok(((await found(fixture, 'o-1')).finishedAt ?? 0) >= (finishedAt ?? 0));
    },
  },
  {
    name: 'an instance may begin and end by one write',
    async run(fixture) {
      await write(fixture, begun('o-1', { state: 'completed', kind: 'final', keepMs: MINUTE, transitions: 3 }));
      const { startedAt, finishedAt } = await found(fixture, 'o-1');
      assert.equal(finishedAt, startedAt);
      await fixture.elapse(2 * MINUTE);
      assert.equal(await fixture.store.retention.purge(fixture.executor, { sagas: ['order'], limit: 10 }), 1);
    },
  },
  {
    name: 'the history has each transition in its order, with all that is told of it and its time',
    async run(fixture) {
      const first = begun('o-1', { history: [entry(1), entry(2, { label: 'paid', from: null })], transitions: 2 });
      const told = entry(3, {
        cause: 'operator',
        name: 'resume',
        messageSource: null,
        messageId: null,
        actor: 'Ada',
        reason: 'the bank is back',
        changes: '[{"path":"/a"}]',
        sent: '[{"type":"t","id":"i"}]',
      });
      await write(fixture, first, begun('o-2'));
      await fixture.elapse(MINUTE);
      await write(
        fixture,
        moved(first, { transitions: 12, history: [told, ...Array.from({ length: 9 }, (_, n) => entry(4 + n))] }),
      );
      const history = await fixture.store.queries.history(fixture.executor, first);
      assert.deepEqual(
        history.map(({ number }) => number),
        Array.from({ length: 12 }, (_, index) => index + 1),
      );
      const { at: began = 0, ...one } = history[1] ?? {};
      const { at: resumed = 0, ...third } = history[2] ?? {};
      assert.deepEqual(one, entry(2, { label: 'paid', from: null }));
      assert.deepEqual(third, told);
      assert.ok(resumed - began >= MINUTE && resumed - began < 3 * MINUTE, `${resumed - began}`);
      assert.deepEqual(await fixture.store.queries.history(fixture.executor, id('o-3')), []);
      assert.deepEqual(await fixture.store.queries.history(fixture.executor, id('o-1', 'other')), []);
    },
  },
];
