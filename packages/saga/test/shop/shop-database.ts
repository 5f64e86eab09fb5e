import {
  PostgresInboxStore,
  postgresInboxMigrations,
  SqliteInboxStore,
  sqliteInboxMigrations,
} from '@holdfast/inbox-dedup';
import {
  Outbox,
  PostgresOutboxStore,
  postgresOutboxMigrations,
  SqliteOutboxStore,
  sqliteOutboxMigrations,
} from '@holdfast/outbox';
import { PostgresSagaStore, postgresSagaMigrations, SqliteSagaStore, sqliteSagaMigrations } from '@holdfast/saga';
import { Migrator, postgresLeaseMigrations, sqliteLeaseMigrations } from '@holdfast/sql';
import { BetterSqlite3Database, BetterSqlite3TransactionRunner } from '@holdfast/sql/better-sqlite3';
import { PgTransactionRunner } from '@holdfast/sql/pg';
import { postgresTestDatabase, sqliteTestDatabase } from '@holdfast/sql/testing';
import { SHOP_TABLES } from './participants.ts';

export type ShopDatabase = Awaited<ReturnType<typeof sqliteShop | typeof postgresShop>>;

const source = '/shop';

/** A database with everything that the services of a shop need. */
export async function postgresShop(version: 15 | 18) {
  const test = await postgresTestDatabase(version, { pipeline: true });
  const { database, pool } = test;
  const sets = [postgresLeaseMigrations, postgresOutboxMigrations, postgresInboxMigrations, postgresSagaMigrations];
  await new Migrator({ database, sets }).up();
  for (const table of SHOP_TABLES) await pool.query(table);
  const transactions = new PgTransactionRunner(pool);
  const outboxStore = new PostgresOutboxStore({ database });
  return {
    transactions,
    outboxStore,
    outbox: new Outbox({ store: outboxStore, transactions, source }),
    inboxStore: new PostgresInboxStore(),
    sagaStore: new PostgresSagaStore(),
    /** A runner with connections of its own. */
    another: () => new PgTransactionRunner(test.openPool({ pipeline: true })),
    query: async (text: string): Promise<readonly Record<string, unknown>[]> => (await pool.query(text)).rows,
    elapse: async (ms: number) => {
      await pool.query(`update holdfast_saga_timer set due_at = due_at - ${ms} * interval '1 ms'`);
    },
    close: () => test.drop(),
  };
}

export async function sqliteShop() {
  const test = sqliteTestDatabase();
  const { database, handle } = test;
  const sets = [sqliteLeaseMigrations, sqliteOutboxMigrations, sqliteInboxMigrations, sqliteSagaMigrations];
  await new Migrator({ database, sets }).up();
  for (const table of SHOP_TABLES) handle.exec(table);
  const open = () => {
    const other = test.open();
    other.pragma('synchronous = OFF');
    return other;
  };
  const transactions = new BetterSqlite3TransactionRunner(open());
  const outboxStore = new SqliteOutboxStore({ database: new BetterSqlite3Database(open()) });
  return {
    transactions,
    outboxStore,
    outbox: new Outbox({ store: outboxStore, transactions, source }),
    inboxStore: new SqliteInboxStore(),
    sagaStore: new SqliteSagaStore(),
    /** One connection is all that a process has. */
    another: () => transactions,
    query: async (text: string): Promise<readonly Record<string, unknown>[]> =>
      handle.prepare(text).all() as Record<string, unknown>[],
    elapse: async (ms: number) => {
      handle.exec(`update holdfast_saga_timer set due_at = due_at - ${ms}`);
    },
    close: async () => test.drop(),
  };
}
