import { PostgresIdempotencyStore, postgresIdempotencyMigrations } from '@holdfast/inbox-dedup/http';
import { describeIdempotencyStore } from '@holdfast/inbox-dedup/testing';
import { Migrator, type SqlExecutor, TableNames } from '@holdfast/sql';
import { KyselyTransactionRunner } from '@holdfast/sql/kysely';
import { PgTransactionRunner } from '@holdfast/sql/pg';
import { type PostgresTestDatabase, type PostgresTestVersion, postgresTestDatabase } from '@holdfast/sql/testing';
import { Kysely, PostgresDialect } from 'kysely';
import type pg from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import { runnerConnection } from './runner-connection.ts';

const databases = new Map<PostgresTestVersion, Promise<PostgresTestDatabase>>();

/** One for each version: emptying it is much faster than making another. */
async function emptied(version: PostgresTestVersion): Promise<PostgresTestDatabase> {
  const database = databases.get(version) ?? migrated(version);
  databases.set(version, database);
  const db = await database;
  await db.pool.query('truncate holdfast_idempotency');
  return db;
}

async function migrated(version: PostgresTestVersion): Promise<PostgresTestDatabase> {
  const db = await postgresTestDatabase(version, { poolSize: 5 });
  await new Migrator({ database: db.database, names: db.names, sets: [postgresIdempotencyMigrations] }).up();
  return db;
}

afterAll(async () => {
  for (const database of databases.values()) await (await database).drop();
});

const runners = [
  ['a pipelined pool', true, (pool: pg.Pool) => runnerConnection(new PgTransactionRunner(pool))],
  ['a plain pool', false, (pool: pg.Pool) => runnerConnection(new PgTransactionRunner(pool))],
  [
    'Kysely',
    false,
    (pool: pg.Pool) => {
      const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
      return runnerConnection(new KyselyTransactionRunner(db, { dialect: 'postgresql' }));
    },
  ],
] as const;

const claim = {
  scope: Buffer.from('scope'),
  key: 'key',
  token: 'a',
  fingerprint: Buffer.from('print'),
  leaseMs: 60_000,
  retentionMs: 60_000,
};

const answer = { status: 200, headers: [], body: new Uint8Array() };

describe.each([15, 18] as const)('PostgreSQL %i', (version) => {
  for (const [name, pipeline, connect] of runners) {
    describeIdempotencyStore(
      `PostgreSQL ${version} by ${name}`,
      async () => {
        const { pool, names, openPool } = await emptied(version);
        const pools = [openPool({ pipeline, poolSize: 25 }), openPool({ pipeline, poolSize: 25 })] as const;
        return {
          store: new PostgresIdempotencyStore({ names }),
          connection: connect(pools[0]),
          other: connect(pools[1]),
          elapse: async (ms) => {
            await pool.query(
              `update holdfast_idempotency set claimed_at = claimed_at - ago.ms, lease_until = lease_until - ago.ms,
                 expires_at = expires_at - ago.ms from (select $1 * interval '1 millisecond' as ms) as ago`,
              [ms],
            );
          },
          close: async () => {
            await Promise.all(pools.map((one) => one.end()));
          },
        };
      },
      { describe, test, concurrentTransactions: true },
    );
  }

  test('claims, renewals and releases do not wait for the disk, and the session waits for it as before', async () => {
    const db = await emptied(version);
    const pool = db.openPool({ poolSize: 1 });
    // A deferred trigger runs at the end of the transaction, when only COMMIT is left.
    await db.pool.query(`
      create table seen (operation text, setting text);
      create function note() returns trigger language plpgsql as
        $$ begin insert into seen values (tg_op, current_setting('synchronous_commit')); return null; end $$;
      create constraint trigger note after insert or update or delete on holdfast_idempotency
        deferrable initially deferred for each row execute function note()`);
    try {
      const runner = new PgTransactionRunner(pool);
      const store = new PostgresIdempotencyStore();
      await store.claim(runner, claim);
      await store.renew(runner, claim);
      await store.release(runner, claim);
      await store.claim(runner, claim);
      await runner.transaction((tx) => store.complete(tx, claim, answer));
      await store.claim(runner, { ...claim, token: 'b' });
      const { rows } = await db.pool.query('select operation, setting from seen');
      expect(rows).toEqual([
        { operation: 'INSERT', setting: 'off' },
        { operation: 'UPDATE', setting: 'off' },
        { operation: 'DELETE', setting: 'off' },
        { operation: 'INSERT', setting: 'off' },
        { operation: 'UPDATE', setting: 'on' },
      ]);
      const session = await pool.query("select current_setting('synchronous_commit') as setting");
      expect(session.rows).toEqual([{ setting: 'on' }]);
    } finally {
      await db.pool.query('drop trigger note on holdfast_idempotency; drop function note; drop table seen');
    }
  });

  test('a replay is one statement that writes nothing', async () => {
    const db = await emptied(version);
    const runner = new PgTransactionRunner(db.pool);
    const store = new PostgresIdempotencyStore();
    await store.claim(runner, claim);
    await runner.transaction((tx) => store.complete(tx, claim, answer));
    await runner.transaction(async (tx) => {
      let statements = 0;
      const counted: SqlExecutor = {
        execute: (statement) => {
          statements += 1;
          return tx.execute(statement);
        },
      };
      expect((await store.claim(counted, { ...claim, token: 'b' })).state).toBe('stored');
      expect(statements).toBe(1);
      const written = await tx.query('select pg_current_xact_id_if_assigned() as id');
      expect(written.rows).toEqual([{ id: null }]);
    });
  });

  test('keeping an answer touches no index', async () => {
    const db = await emptied(version);
    const names = new TableNames({ prefix: 'hot' });
    await new Migrator({ database: db.database, names, sets: [postgresIdempotencyMigrations] }).up();
    const runner = new PgTransactionRunner(db.pool);
    const store = new PostgresIdempotencyStore({ names });
    for (let index = 0; index < 50; index += 1) {
      const one = { ...claim, key: `key ${index}` };
      await store.claim(runner, one);
      await runner.transaction((tx) => store.complete(tx, one, { ...answer, body: Buffer.alloc(500, 7) }));
    }
    const updates = async () => {
      const { rows } = await db.pool.query(
        "select n_tup_upd::int as all, n_tup_hot_upd::int as hot from pg_stat_user_tables where relname = 'hot_idempotency'",
      );
      return rows[0];
    };
    await expect.poll(updates, { timeout: 20_000 }).toEqual({ all: 50, hot: 50 });
  });

  test('purge goes by an index of its own, and passes over rows that are locked', async () => {
    const db = await emptied(version);
    const runner = new PgTransactionRunner(db.pool);
    const store = new PostgresIdempotencyStore();
    await db.pool.query(
      `insert into holdfast_idempotency
       select sha256('s'), 'key ' || n, sha256('f'), 't', now(), now() - interval '1 day', now() + (n - 100) * interval '1 minute', 200, '[]', ''
       from generate_series(1, 20000) as n`,
    );
    await db.pool.query('analyze holdfast_idempotency');
    const plan = await db.pool.query(
      `explain select ctid from holdfast_idempotency where expires_at <= now() and lease_until <= now()
       order by expires_at limit 10 for update skip locked`,
    );
    expect(JSON.stringify(plan.rows)).toContain('holdfast_idempotency_by_expiry');
    const locker = await db.pool.connect();
    try {
      await locker.query('begin');
      await locker.query(`select from holdfast_idempotency where key = 'key 1' for update`);
      expect(await store.purge(runner, 50)).toBe(50);
      expect(await store.purge(runner, 1_000)).toBe(49);
    } finally {
      await locker.query('rollback');
      locker.release();
    }
    expect(await store.purge(runner, 1_000)).toBe(1);
  });

  test('two stores with other table names share one connection', async () => {
    const db = await emptied(version);
    const pool = db.openPool({ poolSize: 1 });
    const names = new TableNames({ prefix: 'second' });
    await new Migrator({ database: db.database, names, sets: [postgresIdempotencyMigrations] }).up();
    const runner = new PgTransactionRunner(pool);
    for (const store of [
      new PostgresIdempotencyStore(),
      new PostgresIdempotencyStore({ names }),
      new PostgresIdempotencyStore({ names, preparedStatements: false }),
    ]) {
      const one = { ...claim, key: 'shared', token: 'same' };
      expect((await store.claim(runner, one)).state).toBe('claimed');
      expect(await store.renew(runner, one)).toBe(true);
    }
  });
});
