import assert from 'node:assert/strict';
import { isHoldfastError } from '@holdfast/core';
import type { StoredAnswer } from '../../http/store/idempotency-store.ts';
import { answered, answerOf, answerTo, claimBy, claimed, digestOf, LEASE_MS, RETENTION_MS } from './example-claims.ts';
import type { IdempotencyStoreRule } from './idempotency-store-rule.ts';

const isLost = (error: unknown) => isHoldfastError(error, 'ERR_INBOX_KEY_LOST');

/** Answers, and the transactions that keep them. */
export const answerRules: readonly IdempotencyStoreRule[] = [
  {
    name: 'an answer comes back as it was: status, headers in order, and every byte',
    async run(fixture) {
      const { store, connection, other } = fixture;
      const answers: readonly StoredAnswer[] = [
        { status: 200, headers: [], body: new Uint8Array() },
        {
          status: 599,
          headers: [
            ['x-b', 'ä"\\\n'],
            ['x-a', ''],
            ['x-b', '2'],
          ],
          body: Uint8Array.from({ length: 256 }, (_, at) => at),
        },
        { status: 204, headers: [['location', '/orders/1']], body: new Uint8Array(1_000_000).fill(255) },
      ];
      for (const [index, answer] of answers.entries()) {
        const claim = await claimed(fixture, claimBy('a', { key: `key ${index}` }));
        await connection.transaction((tx) => store.complete(tx, claim, answer));
        const found = await store.claim(other, { ...claim, token: 'b' });
        assert.ok(found.state === 'stored');
        assert.equal(found.answer.status, answer.status);
        assert.deepEqual(found.answer.headers, answer.headers);
        assert.ok(Buffer.from(answer.body).equals(found.answer.body), 'the same bytes');
        assert.deepEqual(Buffer.from(found.fingerprint), Buffer.from(claim.fingerprint));
      }
    },
  },
  {
    name: 'keys and tokens are values, whatever they contain',
    async run(fixture) {
      const key = `it's "a" -- key; drop table holdfast_idempotency; ${'x'.repeat(255)} \\ % $1 ?1`;
      const claim = claimBy("'; --", { key });
      await answered(fixture, claim);
      assert.equal(await answerTo(fixture, claim), 'answer');
    },
  },
  {
    name: 'an answer is there if and only if its transaction commits',
    async run(fixture) {
      const { store, connection, other } = fixture;
      const claim = await claimed(fixture, claimBy('a'));
      const failing = connection.transaction(async (tx) => {
        await store.complete(tx, claim, answerOf('never'));
        throw new Error('after keeping the answer');
      });
      await assert.rejects(failing, /after keeping the answer/);
      assert.equal((await store.claim(other, claimBy('b'))).state, 'running');
      await connection.transaction((tx) => store.complete(tx, claim, answerOf('at last')));
      assert.equal(await answerTo(fixture, claim), 'at last');
    },
  },
  {
    name: 'fencing: a holder whose key was taken over commits nothing, neither before nor after the other one',
    async run(fixture) {
      const { store, connection, other, elapse } = fixture;
      const old = await claimed(fixture, claimBy('old'));
      const witness = await claimed(fixture, claimBy('old', { key: 'witness' }));
      await elapse(LEASE_MS + 1);
      const current = claimBy('new');
      assert.equal((await store.claim(other, current)).state, 'claimed');
      const commitOld = () =>
        connection.transaction(async (tx) => {
          await store.complete(tx, witness, answerOf('written by the old holder'));
          await store.complete(tx, old, answerOf('old'));
        });
      await assert.rejects(commitOld, isLost);
      await other.transaction((tx) => store.complete(tx, current, answerOf('new')));
      await assert.rejects(commitOld, isLost);
      assert.equal(await answerTo(fixture, current), 'new');
      assert.equal(
        (await store.claim(other, { ...witness, token: 'b' })).state,
        'claimed',
        'nothing else was committed',
      );
    },
  },
  {
    name: 'fencing: a token is for one row only: not for one that was freed or purged and claimed again',
    async run(fixture) {
      const { store, connection, elapse } = fixture;
      const freed = await claimed(fixture, claimBy('a'));
      await store.release(connection, freed);
      await assert.rejects(
        connection.transaction((tx) => store.complete(tx, freed, answerOf('a'))),
        isLost,
      );
      const purged = await claimed(fixture, claimBy('b'));
      await elapse(RETENTION_MS + 1);
      assert.equal(await store.purge(connection, 10), 1);
      const current = await claimed(fixture, claimBy('c'));
      await assert.rejects(
        connection.transaction((tx) => store.complete(tx, purged, answerOf('b'))),
        isLost,
      );
      await connection.transaction((tx) => store.complete(tx, current, answerOf('c')));
      assert.equal(await answerTo(fixture, current), 'c');
    },
  },
  {
    name: 'an answer that is kept is neither freed, renewed, nor replaced',
    async run(fixture) {
      const { store, connection } = fixture;
      const claim = await answered(fixture, claimBy('a'), 'first');
      assert.equal(await store.release(connection, claim), false);
      assert.equal(await store.renew(connection, claim), false);
      await assert.rejects(
        connection.transaction((tx) => store.complete(tx, claim, answerOf('second'))),
        isLost,
      );
      assert.equal((await store.claim(connection, claim)).state, 'stored', 'also for the token that kept it');
      assert.equal(await answerTo(fixture, claim), 'first');
    },
  },
  {
    name: 'fencing: a claim of a key whose lease ended waits for the transaction that keeps its answer, and gets that',
    concurrentTransactions: true,
    async run(fixture) {
      const { store, connection, other, elapse } = fixture;
      const claim = await claimed(fixture, claimBy('slow'));
      await elapse(LEASE_MS + 1);
      let taking: Promise<unknown> | undefined;
      await connection.transaction(async (tx) => {
        // By itself, so that it runs now also where it would travel with COMMIT.
        await store.complete({ execute: (statement) => tx.execute(statement) }, claim, answerOf('slow'));
        taking = store.claim(other, claimBy('fast'));
      });
      await taking;
      assert.equal(await answerTo(fixture, claim), 'slow');
    },
  },
  {
    name: 'freeing a key waits for the transaction that keeps its answer, and then frees nothing',
    concurrentTransactions: true,
    async run(fixture) {
      const { store, connection, other } = fixture;
      const claim = await claimed(fixture, claimBy('a'));
      let freeing: Promise<boolean> | undefined;
      await connection.transaction(async (tx) => {
        await store.complete({ execute: (statement) => tx.execute(statement) }, claim, answerOf('kept'));
        freeing = store.release(other, claim);
      });
      assert.equal(await freeing, false);
      assert.equal(await answerTo(fixture, claim), 'kept');
    },
  },
  {
    name: 'purge removes what is over its retention and nothing else, oldest first, at most as many as asked',
    async run(fixture) {
      const { store, connection, elapse } = fixture;
      const key = (age: string) => ({ key: age, scope: digestOf('purged') });
      await answered(fixture, claimBy('a', key('oldest')));
      await elapse(10_000);
      await answered(fixture, claimBy('a', key('older')));
      await claimed(fixture, claimBy('a', key('abandoned')));
      await elapse(RETENTION_MS - 5_000);
      await answered(fixture, claimBy('a', key('young')));
      assert.equal(await store.purge(connection, 10), 1);
      await elapse(5_001);
      await claimed(fixture, claimBy('a', key('running')));
      assert.equal(await store.purge(connection, 1), 1);
      assert.equal(await store.purge(connection, 10), 1);
      assert.equal(await store.purge(connection, 10), 0);
      assert.equal(await answerTo(fixture, claimBy('a', key('young'))), 'answer');
      assert.equal((await store.claim(connection, claimBy('b', key('running')))).state, 'running');
    },
  },
  {
    name: 'purge leaves a key whose work runs longer than the retention',
    async run(fixture) {
      const { store, connection, elapse } = fixture;
      const claim = await claimed(fixture, claimBy('a', { retentionMs: LEASE_MS }));
      await elapse(LEASE_MS - 10_000);
      await store.renew(connection, claim);
      await elapse(20_000);
      assert.equal(await store.purge(connection, 10), 0);
      await connection.transaction((tx) => store.complete(tx, claim, answerOf('late')));
    },
  },
];
