import { postgresInboxMigrations, sqliteInboxMigrations } from '@holdfast/inbox-dedup';
import {
  Outbox,
  PostgresOutboxStore,
  postgresOutboxMigrations,
  SqliteOutboxStore,
  sqliteOutboxMigrations,
} from '@holdfast/outbox';
import {
  PostgresSagaStore,
  postgresSagaMigrations,
  SagaOperations,
  SagaRuntime,
  SqliteSagaStore,
  sqliteSagaMigrations,
} from '@holdfast/saga';
import { Migrator, postgresLeaseMigrations, sqliteLeaseMigrations, type TransactionRunner } from '@holdfast/sql';
import { BetterSqlite3Database, BetterSqlite3TransactionRunner } from '@holdfast/sql/better-sqlite3';
import { PgTransactionRunner } from '@holdfast/sql/pg';
import { postgresTestDatabase, sqliteTestDatabase } from '@holdfast/sql/testing';
import { postgresQueueMigrations, SqlTransport, sqliteQueueMigrations } from '@holdfast/transports/sql';
import { onTestFinished } from 'vitest';
import { orderPlaced } from '../shop/events.ts';
import { defineOrderSaga } from '../shop/order-saga.ts';
import { SHOP_TABLES } from '../shop/participants.ts';
import { COMMAND_QUEUES, NOTICES } from '../shop/shop-queues.ts';
import { CRASH_SAGA } from './crash-saga.ts';

export const databases = ['PostgreSQL 18', 'SQLite'] as const;

const source = '/shop';
const LEASE_MS = 2_000;

/** A shop's database with its queues, and what a person has to look at it and to act. */
export async function openCrashWorld(kind: (typeof databases)[number]) {
  const { where, transactions, store, outbox, transport, query } = await (kind === 'SQLite'
    ? openSqlite()
    : openPostgres());
  onTestFinished(() => transport.close());
  for (const table of SHOP_TABLES) await query(table);
  const runtime = new SagaRuntime<unknown>({ definitions: [defineOrderSaga(CRASH_SAGA)], store, transactions, outbox });
  await transport.declare({ queue: 'order', types: runtime.events.types, leaseMs: LEASE_MS });
  for (const [queue, { types }] of Object.entries({ ...COMMAND_QUEUES, notices: NOTICES })) {
    await transport.declare({ queue, types, leaseMs: LEASE_MS });
  }
  return {
    where,
    query,
    operations: new SagaOperations({ runtime }),
    place: async (orderIds: readonly string[]): Promise<void> => {
      const orders = orderIds.map((orderId) =>
        orderPlaced({ orderId, customer: 'ada@example.org', amount: 500, sku: 'tea', quantity: 2 }),
      );
      await transactions.transaction((tx) => outbox.enqueue(tx, orders));
    },
    /** What is under way, by place; nothing when all of it is settled. */
    underWay: async (): Promise<Readonly<Record<string, number>>> => {
      const counts: Record<string, number> = {};
      for (const queue of ['order', ...Object.keys(COMMAND_QUEUES)]) {
        const { ready, leased, delayed } = await transport.stats(queue);
        counts[queue] = ready + leased + delayed;
      }
      for (const lane of (await outbox.stats()).lanes) counts[`lane ${lane.lane}`] = lane.pending;
      for (const table of ['unanswered', 'holdfast_saga_timer', 'holdfast_saga_parked']) {
        counts[table] = Number((await query(`select count(*) as n from ${table}`))[0]?.['n']);
      }
      return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
    },
    deadLetters: async () =>
      (
        await Promise.all(['order', ...Object.keys(COMMAND_QUEUES)].map((queue) => transport.deadLetters(queue)))
      ).flat(),
  };
}

async function openPostgres() {
  const { pool, url, database, drop } = await postgresTestDatabase(18);
  onTestFinished(() => drop());
  const sets = [
    postgresLeaseMigrations,
    postgresOutboxMigrations,
    postgresInboxMigrations,
    postgresQueueMigrations,
    postgresSagaMigrations,
  ];
  await new Migrator({ database, sets }).up();
  const transactions = new PgTransactionRunner(pool) as TransactionRunner<unknown>;
  const outbox = new Outbox<unknown>({ store: new PostgresOutboxStore({ database }) as never, transactions, source });
  return {
    where: url,
    transactions,
    store: new PostgresSagaStore(),
    outbox: await declared(outbox),
    transport: new SqlTransport({ database }),
    query: async (text: string): Promise<readonly Record<string, unknown>[]> => (await pool.query(text)).rows,
  };
}

async function openSqlite() {
  const { file, handle, database, open, drop } = sqliteTestDatabase();
  onTestFinished(() => drop());
  const sets = [
    sqliteLeaseMigrations,
    sqliteOutboxMigrations,
    sqliteInboxMigrations,
    sqliteQueueMigrations,
    sqliteSagaMigrations,
  ];
  await new Migrator({ database, sets }).up();
  const transactions = new BetterSqlite3TransactionRunner(open()) as unknown as TransactionRunner<unknown>;
  const store = new SqliteOutboxStore({ database: new BetterSqlite3Database(open()) });
  return {
    where: file,
    transactions,
    store: new SqliteSagaStore(),
    outbox: await declared(new Outbox<unknown>({ store: store as never, transactions, source })),
    transport: new SqlTransport({ database }),
    query: async (text: string): Promise<readonly Record<string, unknown>[]> => {
      const statement = handle.prepare(text);
      if (statement.reader) return statement.all() as Record<string, unknown>[];
      statement.run();
      return [];
    },
  };
}

async function declared(outbox: Outbox<unknown>): Promise<Outbox<unknown>> {
  await outbox.declareDestinations([{ name: 'default' }]);
  return outbox;
}
