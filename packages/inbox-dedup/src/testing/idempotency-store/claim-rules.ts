import assert from 'node:assert/strict';
import { answered, answerTo, claimBy, claimed, digestOf, LEASE_MS, RETENTION_MS } from './example-claims.ts';
import type { IdempotencyStoreRule } from './idempotency-store-rule.ts';

/** Who may run the work of a key, and for how long. */
export const claimRules: readonly IdempotencyStoreRule[] = [
  {
    name: 'a free key is claimed once; everybody else is told that it is running, and with which content',
    async run(fixture) {
      await claimed(fixture, claimBy('a'));
      const other = claimBy('b', { fingerprint: digestOf('another request') });
      const found = await fixture.store.claim(fixture.other, other);
      assert.ok(found.state === 'running');
      assert.deepEqual(Buffer.from(found.fingerprint), Buffer.from(digestOf('request')));
    },
  },
  {
    name: 'F1.3: who must wait is told to wait as long as the work has lasted, at most until its lease ends',
    async run(fixture) {
      const { store, connection, elapse } = fixture;
      await claimed(fixture, claimBy('a'));
      const waits: number[] = [];
      for (const ms of [0, 20_000, 35_000]) {
        await elapse(ms);
        const found = await store.claim(connection, claimBy('b'));
        assert.ok(found.state === 'running');
        waits.push(found.retryAfterMs);
      }
      const [atOnce = -1, later = -1, nearTheEnd = -1] = waits;
      assert.ok(atOnce >= 0 && atOnce < 20_000, `${atOnce} ms at once`);
      assert.ok(later >= 20_000 && later < 40_000, `${later} ms after 20 s`);
      assert.ok(nearTheEnd >= 0 && nearTheEnd <= 5_000, `${nearTheEnd} ms with 5 s left`);
    },
  },
  {
    name: 'the same token may claim again, as after an answer that was lost',
    async run(fixture) {
      await claimed(fixture, claimBy('a'));
      await claimed(fixture, claimBy('a'));
      assert.equal((await fixture.store.claim(fixture.other, claimBy('b'))).state, 'running');
    },
  },
  {
    name: 'keys of different callers, and different keys of one, have nothing to do with each other',
    async run(fixture) {
      await answered(fixture, claimBy('a'), 'first');
      await answered(fixture, claimBy('b', { scope: digestOf('another caller') }), 'second');
      await answered(fixture, claimBy('c', { key: 'another key' }), 'third');
      assert.equal(await answerTo(fixture, claimBy('a')), 'first');
      assert.equal(await answerTo(fixture, claimBy('b', { scope: digestOf('another caller') })), 'second');
    },
  },
  {
    name: 'F1.4: a key whose lease has ended goes to the next, whatever its content',
    async run(fixture) {
      await claimed(fixture, claimBy('a'));
      await fixture.elapse(LEASE_MS - 10_000);
      assert.equal((await fixture.store.claim(fixture.other, claimBy('b'))).state, 'running');
      await fixture.elapse(10_001);
      await answered(fixture, claimBy('b', { fingerprint: digestOf('another request') }), 'by b');
      assert.equal(await answerTo(fixture, claimBy('b')), 'by b');
    },
  },
  {
    name: 'a renewal prolongs the lease by its length from now',
    async run(fixture) {
      const { store, connection, other, elapse } = fixture;
      const holder = await claimed(fixture, claimBy('a'));
      await elapse(50_000);
      assert.equal(await store.renew(connection, holder), true);
      await elapse(50_000);
      assert.equal((await store.claim(other, claimBy('b'))).state, 'running');
      await elapse(10_001);
      assert.equal((await store.claim(other, claimBy('b'))).state, 'claimed');
    },
  },
  {
    name: 'a lease that has ended can be renewed until somebody takes the key',
    async run(fixture) {
      const { store, connection, other, elapse } = fixture;
      const holder = await claimed(fixture, claimBy('a'));
      await elapse(LEASE_MS + 1);
      assert.equal(await store.renew(connection, holder), true);
      assert.equal((await store.claim(other, claimBy('b'))).state, 'running');
      await elapse(LEASE_MS + 1);
      assert.equal((await store.claim(other, claimBy('b'))).state, 'claimed');
      assert.equal(await store.renew(connection, holder), false);
    },
  },
  {
    name: 'a freed key is free at once, for its holder only, and once',
    async run(fixture) {
      const { store, connection, other } = fixture;
      const holder = await claimed(fixture, claimBy('a'));
      assert.equal(await store.release(other, claimBy('b')), false);
      assert.equal(await store.release(connection, holder), true);
      assert.equal(await store.release(connection, holder), false);
      assert.equal(await store.renew(connection, holder), false);
      await claimed(fixture, claimBy('b'));
      assert.equal(await store.release(connection, holder), false);
    },
  },
  {
    name: 'an answer is kept for the retention, counted from the claim, and then the key is new',
    async run(fixture) {
      await answered(fixture, claimBy('a'));
      await fixture.elapse(RETENTION_MS - 10_000);
      assert.equal(await answerTo(fixture, claimBy('a')), 'answer');
      await fixture.elapse(10_001);
      await answered(fixture, claimBy('b'), 'another');
      assert.equal(await answerTo(fixture, claimBy('b')), 'another');
    },
  },
  {
    name: 'F1.1: of 50 claims at once exactly one gets the key, and 49 are told that it is running',
    async run({ store, connection, other }) {
      const claims = Array.from({ length: 50 }, (_, index) =>
        store.claim(index % 2 === 0 ? connection : other, claimBy(`token ${index}`)),
      );
      const states = (await Promise.all(claims)).map(({ state }) => state);
      assert.equal(states.filter((state) => state === 'claimed').length, 1);
      assert.equal(states.filter((state) => state === 'running').length, 49);
    },
  },
  {
    name: 'F1.4: of 50 claims of a key whose lease has ended exactly one gets it',
    async run(fixture) {
      const { store, connection, other, elapse } = fixture;
      await claimed(fixture, claimBy('dead'));
      await elapse(LEASE_MS + 1);
      const claims = Array.from({ length: 50 }, (_, index) =>
        store.claim(index % 2 === 0 ? connection : other, claimBy(`token ${index}`)),
      );
      const states = (await Promise.all(claims)).map(({ state }) => state);
      assert.equal(states.filter((state) => state === 'claimed').length, 1);
    },
  },
];
