import assert from 'node:assert/strict';
import type { EffectStoreRule } from './effect-store-rule.ts';

const journal = 'payment';
const free = { state: 'free', result: null, verdict: 'settled by hand' } as const;

/** What a person sees and settles, and what is forgotten. */
export const reviewRules: readonly EffectStoreRule[] = [
  {
    name: 'nothing is known of an effect that was never claimed',
    async run({ store, executor }) {
      assert.equal(await store.review.find(executor, { journal, key: 'k' }), null);
    },
  },
  {
    name: 'effects are listed by state, page by page in the order of their keys',
    async run(probe) {
      for (const key of ['b', 'a', 'c']) await probe.park(key);
      await probe.unknown('d');
      await probe.claimed('e', 'call');
      const list = async (state: 'calling' | 'unknown' | 'parked', after: string | null, limit: number) =>
        (await probe.store.review.list(probe.executor, { journal, state, after, limit })).map(({ key }) => key);
      assert.deepEqual(await list('parked', null, 2), ['a', 'b']);
      assert.deepEqual(await list('parked', 'b', 2), ['c']);
      assert.deepEqual(await list('unknown', null, 2), ['d']);
      assert.deepEqual(await list('calling', null, 2), ['e']);
    },
  },
  {
    name: 'a parked effect is settled: done with a result, free to be called, or to be verified from the start',
    async run(probe) {
      const { review } = probe.store;
      const result = new TextEncoder().encode('7');
      for (const state of ['done', 'free', 'unknown'] as const) {
        await probe.park(state);
        const settlement = { state, result: state === 'done' ? result : null, verdict: 'seen by Ada' };
        assert.equal(await review.settle(probe.executor, { journal, key: state }, settlement), true);
        const record = await probe.find(state);
        assert.deepEqual([record.state, record.undecided, record.lastVerdict], [state, 0, 'seen by Ada']);
      }
      const kept = await probe.claim('done');
      assert.ok(kept.outcome === 'settled' && Buffer.from(kept.result ?? []).toString() === '7');
      await probe.claimed('free', 'call');
      await probe.claimed('unknown', 'verify');
    },
  },
  {
    name: 'settling fences whoever still believes to hold the effect',
    async run(probe) {
      const { hold } = await probe.unknown('k');
      assert.equal(await probe.store.review.settle(probe.executor, { journal, key: 'k' }, free), true);
      assert.equal(await probe.store.intents.keep(probe.executor, hold, { result: null, verdict: null }), false);
      assert.equal((await probe.find('k')).state, 'free');
    },
  },
  {
    name: 'what is settled, or held, or not there cannot be settled',
    async run(probe) {
      const { review, intents } = probe.store;
      const { hold } = await probe.claimed('done', 'call');
      await intents.keep(probe.executor, hold, { result: null, verdict: null });
      await probe.claimed('held', 'call');
      for (const key of ['done', 'held', 'nobody']) {
        assert.equal(await review.settle(probe.executor, { journal, key }, free), false, key);
      }
      await probe.fixture.elapse(probe.leaseMs + 1);
      assert.equal(await review.settle(probe.executor, { journal, key: 'held' }, free), true, 'its lease ran out');
    },
  },
  {
    name: 'old settled effects are forgotten in chunks; what is open never is',
    async run(probe) {
      const { review, intents } = probe.store;
      for (const key of ['a', 'b', 'c']) {
        const { hold } = await probe.claimed(key, 'call');
        if (key === 'a') await intents.keep(probe.executor, hold, { result: null, verdict: null });
        else await probe.released(hold, { state: key === 'b' ? 'refused' : 'free' });
      }
      await probe.unknown('unknown');
      await probe.park('parked');
      await probe.claimed('calling', 'call');
      await probe.fixture.elapse(100_000);
      const { hold } = await probe.claimed('young', 'call');
      await intents.keep(probe.executor, hold, { result: null, verdict: null });
      const purge = () => review.purge(probe.executor, { journal, retentionMs: 50_000, limit: 2 });
      assert.deepEqual([await purge(), await purge(), await purge()], [2, 1, 0]);
      for (const key of ['unknown', 'parked', 'calling', 'young']) await probe.find(key);
      const others = await review.purge(probe.executor, { journal: 'mail', retentionMs: 1, limit: 2 });
      assert.equal(others, 0);
    },
  },
  {
    name: 'figures tell what is being called, unknown and parked, and since when',
    async run(probe) {
      const { review } = probe.store;
      const none = { calling: 0, unknown: 0, parked: 0, oldestUnknownMs: 0, oldestParkedMs: 0 };
      assert.deepEqual(await review.stats(probe.executor, journal), none);
      await probe.claimed('abandoned', 'call');
      await probe.park('parked');
      await probe.fixture.elapse(probe.leaseMs + 1);
      await probe.unknown('unknown');
      await probe.claimed('calling', 'call');
      const stats = await review.stats(probe.executor, journal);
      assert.deepEqual([stats.calling, stats.unknown, stats.parked], [1, 2, 1]);
      assert.ok(stats.oldestUnknownMs > probe.leaseMs && stats.oldestParkedMs > probe.leaseMs);
    },
  },
];
