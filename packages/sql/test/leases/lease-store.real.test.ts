import { Migrator, PostgresLeaseStore, postgresLeaseMigrations } from '@holdfast/sql';
import { PgDatabase } from '@holdfast/sql/pg';
import { describeLeaseStore, postgresTestDatabase } from '@holdfast/sql/testing';
import { describe, expect, onTestFinished, test, vi } from 'vitest';

const day = 86_400_000;

async function openLeases(version: 15 | 18, poolSize = 25) {
  const { database, names, pool, openPool, drop } = await postgresTestDatabase(version, { poolSize });
  await new Migrator({ database, names, sets: [postgresLeaseMigrations] }).up();
  return { store: new PostgresLeaseStore({ database, names }), names, pool, openPool, drop };
}

describe.each([15, 18] as const)('PostgreSQL %i', (version) => {
  describeLeaseStore(
    `PostgreSQL ${version}`,
    async () => {
      const { store, names, pool, openPool, drop } = await openLeases(version);
      const otherPool = openPool({ poolSize: 25 });
      return {
        store,
        other: new PostgresLeaseStore({ database: new PgDatabase(otherPool), names }),
        // An end that is earlier is time that has passed.
        elapse: async (ms) => {
          await pool.query("update holdfast_lease set expires_at = expires_at - $1 * interval '1 millisecond'", [ms]);
        },
        close: drop,
      };
    },
    { describe, test },
  );

  test('50 connections that fight for one lease hold it one at a time, with strictly growing tokens', async () => {
    const { store, drop } = await openLeases(version, 50);
    onTestFinished(drop);
    const tokens: bigint[] = [];
    let holding = 0;
    const contender = async (holder: string) => {
      for (;;) {
        const lease = await store.acquire({ name: 'lane', holder, leaseMs: 60_000 });
        if (lease !== null) {
          holding += 1;
          expect(holding).toBe(1);
          tokens.push(lease.fencingToken);
          expect(await store.renew(lease)).toBe(true);
          holding -= 1;
          await store.release(lease);
          return;
        }
      }
    };
    await Promise.all(Array.from({ length: 50 }, (_, index) => contender(`holder ${index}`)));
    expect(tokens).toHaveLength(50);
    expect(tokens).toEqual([...new Set(tokens)].sort((a, b) => Number(a - b)));
  });

  test.each([day, -day])(
    "F13.4: a jump of the process's clock by %i ms neither ends nor prolongs a lease",
    async (jump) => {
      const { store, pool, drop } = await openLeases(version);
      onTestFinished(drop);
      const lease = await store.acquire({ name: 'lane', holder: 'a', leaseMs: 60_000 });
      vi.setSystemTime(Date.now() + jump);
      onTestFinished(() => {
        vi.useRealTimers();
      });
      expect(await store.acquire({ name: 'lane', holder: 'b', leaseMs: 60_000 })).toBeNull();
      expect(await store.renew(lease!)).toBe(true);
      const { rows } = await pool.query(
        'select extract(epoch from expires_at - clock_timestamp())::float8 as left from holdfast_lease',
      );
      expect(rows[0].left).toBeGreaterThan(50);
      expect(rows[0].left).toBeLessThanOrEqual(60);
    },
  );
});
