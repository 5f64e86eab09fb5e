import assert from 'node:assert/strict';
import type { EffectStoreRule } from './effect-store-rule.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const done = { result: bytes('{"id":1}'), verdict: null };

/** Who may call, and what of it is kept. */
export const intentRules: readonly EffectStoreRule[] = [
  {
    name: 'a new effect is claimed to be called, and is seen by others before the call',
    async run(probe) {
      const { store, fixture } = probe;
      const request = probe.request('k', { about: '12.50 EUR' });
      const claim = await store.intents.claim(probe.executor, request);
      assert.ok(claim.outcome === 'call');
      assert.equal(claim.abandoned, false);
      const { record } = claim;
      assert.deepEqual(
        [record.state, record.attempts, record.about, record.idempotencyKey, record.held],
        ['calling', 1, '12.50 EUR', 'id of k', true],
      );
      assert.deepEqual(await store.review.find(fixture.other, { journal: 'payment', key: 'k' }), record);
    },
  },
  {
    name: 'an effect that is being called is busy for everybody else, until its lease ends',
    async run(probe) {
      await probe.claimed('k', 'call');
      const claim = await probe.claim('k', probe.fixture.other);
      assert.ok(claim.outcome === 'busy');
      assert.ok(claim.retryAfterMs > 0 && claim.retryAfterMs <= probe.leaseMs);
    },
  },
  {
    name: 'of 20 that claim one effect at once, over two connections, exactly one may call',
    async run(probe) {
      const { executor, fixture } = probe;
      const asked = Array.from({ length: 20 }, (_, index) =>
        probe.claim('k', index % 2 === 0 ? executor : fixture.other),
      );
      const outcomes = (await Promise.all(asked)).map(({ outcome }) => outcome).sort();
      assert.deepEqual(outcomes, [...Array.from({ length: 19 }, () => 'busy'), 'call']);
    },
  },
  {
    name: 'of 20 that take over one abandoned effect at once, exactly one may verify',
    async run(probe) {
      const { executor, fixture } = probe;
      await probe.claimed('k', 'call');
      await fixture.elapse(probe.leaseMs + 1);
      const asked = Array.from({ length: 20 }, (_, index) =>
        probe.claim('k', index % 2 === 0 ? executor : fixture.other),
      );
      const outcomes = (await Promise.all(asked)).map(({ outcome }) => outcome).sort();
      assert.deepEqual(outcomes, [...Array.from({ length: 19 }, () => 'busy'), 'verify']);
    },
  },
  {
    name: 'a call whose lease ran out is taken over to be verified, with a greater token, and says that it was abandoned',
    async run(probe) {
      const first = await probe.claimed('k', 'call');
      await probe.fixture.elapse(probe.leaseMs + 1);
      const second = await probe.claimed('k', 'verify', probe.fixture.other);
      assert.equal(second.abandoned, true);
      assert.ok(second.hold.token > first.hold.token);
      assert.equal(second.record.state, 'unknown');
      assert.equal(second.record.attempts, 1);
      assert.match(second.record.lastError ?? '', /went away/);
      assert.ok(second.settlesInMs > 0 && second.settlesInMs <= probe.settleMs, 'it settles after the lease');
      await probe.fixture.elapse(probe.leaseMs + 1);
      const third = await probe.claimed('k', 'verify');
      assert.equal(third.abandoned, false, 'a verifier that went away made no call');
      assert.equal(third.settlesInMs, 0);
    },
  },
  {
    name: 'a holder that was taken over keeps nothing, releases nothing and begins nothing',
    async run(probe) {
      const { intents } = probe.store;
      const old = await probe.claimed('k', 'call');
      await probe.fixture.elapse(probe.leaseMs + 1);
      const current = await probe.claimed('k', 'verify', probe.fixture.other);
      assert.equal(await intents.keep(probe.executor, old.hold, done), false);
      assert.equal(await intents.release(probe.executor, old.hold, { state: 'free' }), false);
      const begin = { leaseMs: probe.leaseMs, settleMs: probe.settleMs, fresh: true };
      assert.equal(await intents.begin(probe.executor, old.hold, begin), false);
      assert.equal(await intents.keep(probe.fixture.other, current.hold, done), true);
    },
  },
  {
    name: 'what is kept is given back byte by byte, and nothing changes it any more',
    async run(probe) {
      const { intents } = probe.store;
      const { hold } = await probe.claimed('k', 'call');
      assert.equal(await intents.keep(probe.executor, hold, done), true);
      assert.equal(await intents.keep(probe.executor, hold, { result: bytes('2'), verdict: null }), false);
      assert.equal(await intents.release(probe.executor, hold, { state: 'free' }), false);
      const claim = await probe.claim('k', probe.fixture.other);
      assert.ok(claim.outcome === 'settled');
      assert.equal(claim.record.state, 'done');
      assert.deepEqual(Buffer.from(claim.result ?? []).toString(), '{"id":1}');
    },
  },
  {
    name: 'no result is kept as none',
    async run(probe) {
      const { hold } = await probe.claimed('k', 'call');
      await probe.store.intents.keep(probe.executor, hold, { result: null, verdict: null });
      const claim = await probe.claim('k');
      assert.ok(claim.outcome === 'settled' && claim.result === null);
    },
  },
  {
    name: 'a late result is kept as long as nobody else has claimed the effect, also when it was given up',
    async run(probe) {
      for (const state of ['unknown', 'free', 'parked'] as const) {
        const { hold } = await probe.claimed(state, 'call');
        await probe.released(hold, { state, error: 'lost' });
        assert.equal(await probe.store.intents.keep(probe.executor, hold, done), true, state);
        assert.equal((await probe.find(state)).state, 'done');
      }
    },
  },
  {
    name: 'an unknown effect waits until it is due, and is verified then',
    async run(probe) {
      const { hold } = await probe.claimed('k', 'call');
      await probe.released(hold, { state: 'unknown', error: 'lost', dueInMs: 50_000, settleInMs: 40_000 });
      const waiting = await probe.claim('k');
      assert.ok(waiting.outcome === 'waiting' && waiting.retryAfterMs > 0 && waiting.retryAfterMs <= 50_000);
      await probe.fixture.elapse(50_001);
      const held = await probe.claimed('k', 'verify');
      assert.equal(held.settlesInMs, 0);
      assert.ok(held.unknownForMs >= 50_000);
      assert.equal(held.record.lastError, 'lost');
    },
  },
  {
    name: 'a holder that goes on to verify keeps others away for its lease',
    async run(probe) {
      const { hold } = await probe.claimed('k', 'call');
      await probe.released(hold, {
        state: 'unknown',
        error: 'lost',
        held: true,
        dueInMs: probe.leaseMs,
        settleInMs: 0,
      });
      assert.equal((await probe.claim('k', probe.fixture.other)).outcome, 'busy');
      await probe.released(hold, { state: 'unknown', verdict: 'cannot tell', undecided: true });
      const { record } = await probe.claimed('k', 'verify', probe.fixture.other);
      assert.deepEqual([record.verifications, record.undecided, record.lastVerdict], [1, 1, 'cannot tell']);
    },
  },
  {
    name: 'beginning again counts a call, gives a full lease, and forgets verifications when it is fresh',
    async run(probe) {
      const { intents } = probe.store;
      await probe.unknown('k');
      const { hold } = await probe.claimed('k', 'verify');
      await probe.fixture.elapse(probe.leaseMs - 1_000);
      const begin = { leaseMs: probe.leaseMs, settleMs: probe.settleMs };
      assert.equal(await intents.begin(probe.executor, hold, { ...begin, fresh: true }), true);
      await probe.fixture.elapse(10_000);
      assert.equal((await probe.claim('k')).outcome, 'busy');
      const record = await probe.find('k');
      assert.deepEqual([record.state, record.attempts, record.unknownSince], ['calling', 2, null]);
      assert.equal(await intents.begin(probe.executor, hold, { ...begin, fresh: false }), true);
      assert.equal((await probe.find('k')).attempts, 2, 'a lease that is renewed before the call is no further call');
    },
  },
  {
    name: 'a free effect is called again, under its old idempotency key',
    async run(probe) {
      const { hold } = await probe.claimed('k', 'call');
      await probe.released(hold, { state: 'free', error: 'throttled' });
      const claim = await probe.store.intents.claim(probe.executor, probe.request('k', { idempotencyKey: 'another' }));
      assert.ok(claim.outcome === 'call');
      assert.deepEqual([claim.record.attempts, claim.record.idempotencyKey], [2, 'id of k']);
      assert.ok(claim.hold.token > hold.token);
    },
  },
  {
    name: 'refused and parked effects are told, and never claimed',
    async run(probe) {
      for (const state of ['refused', 'parked'] as const) {
        const { hold } = await probe.claimed(state, 'call');
        await probe.released(hold, { state, error: 'declined' });
        await probe.fixture.elapse(10 * probe.leaseMs);
        const claim = await probe.claim(state);
        assert.ok(claim.outcome === 'settled' && claim.record.state === state && claim.record.lastError === 'declined');
      }
      assert.equal(await probe.store.intents.claimDue(probe.executor, { journal: 'payment', leaseMs: 1 }), null);
    },
  },
  {
    name: 'what is due is claimed oldest first, abandoned calls too, each once, and nothing else',
    async run(probe) {
      await probe.claimed('abandoned', 'call');
      await probe.fixture.elapse(2 * probe.leaseMs);
      await probe.unknown('unknown');
      await probe.fixture.elapse(1_000);
      await probe.claimed('calling', 'call');
      const other = { ...probe.request('theirs'), journal: 'mail' };
      await probe.store.intents.claim(probe.executor, { ...other, leaseMs: 1 });
      const take = () => probe.store.intents.claimDue(probe.executor, { journal: 'payment', leaseMs: probe.leaseMs });
      const taken = [await take(), await take(), await take()];
      assert.deepEqual(
        taken.map((held) => held && [held.record.key, held.abandoned]),
        [['abandoned', true], ['unknown', false], null],
      );
    },
  },
  {
    name: 'of many that take what is due at once, over two connections, each effect goes to one',
    async run(probe) {
      for (let index = 0; index < 6; index += 1) await probe.unknown(`k${index}`);
      const request = { journal: 'payment', leaseMs: probe.leaseMs };
      const taken: string[] = [];
      const taker = async (executor: typeof probe.executor) => {
        for (let look = 0; look < 6; look += 1) {
          const held = await probe.store.intents.claimDue(executor, request);
          if (held !== null) taken.push(held.record.key);
        }
      };
      await Promise.all([taker(probe.executor), taker(probe.fixture.other)]);
      assert.deepEqual(taken.sort(), ['k0', 'k1', 'k2', 'k3', 'k4', 'k5']);
    },
  },
  {
    name: 'keys are values, whatever they contain, and journals are apart',
    async run(probe) {
      const key = `it's "a" -- key; drop table effect; ${'é'.repeat(200)}`;
      const { hold } = await probe.claimed(key, 'call');
      assert.equal(await probe.store.intents.keep(probe.executor, hold, done), true);
      const other = { ...probe.request(key), journal: 'mail' };
      assert.equal((await probe.store.intents.claim(probe.executor, other)).outcome, 'call');
    },
  },
];
