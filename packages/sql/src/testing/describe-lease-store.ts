import assert from 'node:assert/strict';
import type { LeaseStore } from '../leases/lease-store.ts';

export interface LeaseStoreFixture {
  readonly store: LeaseStore;
  /** A second store on the same leases, as another process has it. */
  readonly other: LeaseStore;
  /** Makes the store's own time pass. */
  elapse(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** `describe` and `test` of vitest, node:test, or another runner. */
export interface TestRunner {
  describe(name: string, body: () => void): unknown;
  test(name: string, body: () => Promise<void>): unknown;
}

/**
 * The rules that every {@link LeaseStore} obeys, as tests against a fresh fixture each. The runner is passed in and
 * the assertions are Node's, so that an adapter may be tested with whatever its author uses.
 */
export function describeLeaseStore(
  name: string,
  open: () => Promise<LeaseStoreFixture>,
  { describe, test }: TestRunner,
): void {
  describe(`lease store: ${name}`, () => {
    for (const [rule, prove] of rules) {
      test(rule, async () => {
        const fixture = await open();
        try {
          await prove(fixture);
        } finally {
          await fixture.close();
        }
      });
    }
  });
}

type Rule = readonly [name: string, prove: (fixture: LeaseStoreFixture) => Promise<void>];

const lane = { name: 'lane', leaseMs: 60_000 };
const byA = { ...lane, holder: 'a' };
const byB = { ...lane, holder: 'b' };

const rules: readonly Rule[] = [
  [
    'a free lease is given with its name, its length and a token',
    async ({ store }) => {
      const lease = await store.acquire(byA);
      assert.deepEqual(lease, { name: 'lane', leaseMs: 60_000, fencingToken: 1n });
    },
  ],
  [
    'a held lease is refused to everybody else',
    async ({ store, other }) => {
      await acquired(store, byA);
      assert.equal(await other.acquire(byB), null);
    },
  ],
  [
    'the holder that asks again keeps its token and gets the full length anew',
    async ({ store, other, elapse }) => {
      const first = await acquired(store, byA);
      await elapse(50_000);
      const again = await acquired(store, byA);
      assert.equal(again.fencingToken, first.fencingToken);
      await elapse(50_000);
      assert.equal(await other.acquire(byB), null);
    },
  ],
  [
    'a lease that has run out goes to the next with a greater token',
    async ({ store, other, elapse }) => {
      const first = await acquired(store, byA);
      await elapse(60_001);
      const second = await acquired(other, byB);
      assert.ok(second.fencingToken > first.fencingToken);
    },
  ],
  [
    'a holder whose lease has run out gets a greater token too',
    async ({ store, elapse }) => {
      const first = await acquired(store, byA);
      await elapse(60_001);
      const second = await acquired(store, byA);
      assert.ok(second.fencingToken > first.fencingToken);
    },
  ],
  [
    'renewing prolongs a lease by its length from now',
    async ({ store, other, elapse }) => {
      const lease = await acquired(store, byA);
      await elapse(50_000);
      assert.equal(await store.renew(lease), true);
      await elapse(50_000);
      assert.equal(await other.acquire(byB), null);
      await elapse(10_001);
      assert.notEqual(await other.acquire(byB), null);
    },
  ],
  [
    'a lease that has run out cannot be renewed, even when nobody took it',
    async ({ store, elapse }) => {
      const lease = await acquired(store, byA);
      await elapse(60_001);
      assert.equal(await store.renew(lease), false);
    },
  ],
  [
    'a lease that was taken over can be neither renewed nor released by its old holder',
    async ({ store, other, elapse }) => {
      const old = await acquired(store, byA);
      await elapse(60_001);
      const current = await acquired(other, byB);
      assert.equal(await store.renew(old), false);
      await store.release(old);
      assert.equal(await other.renew(current), true);
      assert.equal(await store.acquire(byA), null);
    },
  ],
  [
    'a released lease is free at once, and cannot be renewed',
    async ({ store, other }) => {
      const first = await acquired(store, byA);
      await store.release(first);
      assert.equal(await store.renew(first), false);
      const second = await acquired(other, byB);
      assert.ok(second.fencingToken > first.fencingToken);
    },
  ],
  [
    'releasing twice does nothing the second time',
    async ({ store, other }) => {
      const first = await acquired(store, byA);
      await store.release(first);
      const second = await acquired(other, byB);
      await store.release(first);
      assert.equal(await other.renew(second), true);
    },
  ],
  [
    'tokens grow for ever, over releases and expiries',
    async ({ store, elapse }) => {
      let last = 0n;
      for (let round = 0; round < 6; round++) {
        const lease = await acquired(store, { ...lane, holder: `holder ${round}` });
        assert.ok(lease.fencingToken > last);
        last = lease.fencingToken;
        await (round % 2 === 0 ? store.release(lease) : elapse(60_001));
      }
    },
  ],
  [
    'leases of different names have nothing to do with each other',
    async ({ store }) => {
      await acquired(store, byA);
      await acquired(store, { ...byB, name: 'other lane' });
    },
  ],
  [
    'of 50 that ask at once exactly one gets it',
    async ({ store, other }) => {
      const asked = Array.from({ length: 50 }, (_, index) =>
        (index % 2 === 0 ? store : other).acquire({ ...lane, holder: `holder ${index}` }),
      );
      const given = (await Promise.all(asked)).filter((lease) => lease !== null);
      assert.equal(given.length, 1);
    },
  ],
  [
    'names and holders are values, whatever they contain',
    async ({ store }) => {
      const name = `it's "a" -- lane; drop table lease; ${'x'.repeat(200)}`;
      const lease = await acquired(store, { name, holder: "'; --", leaseMs: 1_000 });
      assert.equal(await store.renew(lease), true);
    },
  ],
];

async function acquired(store: LeaseStore, request: Parameters<LeaseStore['acquire']>[0]) {
  const lease = await store.acquire(request);
  assert.ok(lease !== null, `"${request.holder}" must get "${request.name}"`);
  return lease;
}
