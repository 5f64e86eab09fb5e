import { SqliteIdempotencyStore, sqliteIdempotencyMigrations } from '@holdfast/inbox-dedup/http';
import { describeIdempotencyStore } from '@holdfast/inbox-dedup/testing';
import { Migrator } from '@holdfast/sql';
import { BetterSqlite3TransactionRunner } from '@holdfast/sql/better-sqlite3';
import { KyselyTransactionRunner } from '@holdfast/sql/kysely';
import { type SqliteTestDatabase, sqliteTestDatabase } from '@holdfast/sql/testing';
import { Kysely, SqliteDialect } from 'kysely';
import { describe, expect, onTestFinished, test } from 'vitest';
import { runnerConnection } from './runner-connection.ts';

const betterSqlite3 = (db: SqliteTestDatabase) => runnerConnection(new BetterSqlite3TransactionRunner(db.open()));

function kysely(db: SqliteTestDatabase) {
  const instance = new Kysely<unknown>({ dialect: new SqliteDialect({ database: db.open() }) });
  return runnerConnection(new KyselyTransactionRunner(instance, { dialect: 'sqlite' }));
}

async function migrated(): Promise<SqliteTestDatabase> {
  const db = sqliteTestDatabase();
  await new Migrator({ database: db.database, names: db.names, sets: [sqliteIdempotencyMigrations] }).up();
  return db;
}

describe.each([
  ['better-sqlite3', betterSqlite3],
  ['Kysely', kysely],
] as const)('SQLite by %s', (name, connect) => {
  describeIdempotencyStore(
    `SQLite by ${name}`,
    async () => {
      const db = await migrated();
      const age = db.handle.prepare(
        'update holdfast_idempotency set claimed_at = claimed_at - $ms, lease_until = lease_until - $ms, expires_at = expires_at - $ms',
      );
      return {
        store: new SqliteIdempotencyStore({ names: db.names }),
        connection: connect(db),
        other: connect(db),
        elapse: async (ms) => {
          age.run({ ms });
        },
        close: async () => db.drop(),
      };
    },
    { describe, test, concurrentTransactions: false },
  );
});

test('SQLite purges by an index of its own', async () => {
  const db = await migrated();
  onTestFinished(() => db.drop());
  const plan = db.handle
    .prepare(
      'explain query plan select rowid from holdfast_idempotency where expires_at <= 1 and lease_until <= 1 order by expires_at limit 10',
    )
    .all() as { detail: string }[];
  expect(plan.map(({ detail }) => detail).join()).toContain('holdfast_idempotency_by_expiry');
});

test('the tables of SQLite can be removed again', async () => {
  const db = await migrated();
  onTestFinished(() => db.drop());
  const migrator = new Migrator({ database: db.database, names: db.names, sets: [sqliteIdempotencyMigrations] });
  await migrator.down({ set: 'idempotency', to: 0 });
  expect(db.handle.prepare("select name from sqlite_schema where name like '%idempotency%'").all()).toEqual([]);
});
