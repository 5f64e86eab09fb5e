import { type Envelope, MessageEncoder } from '@holdfast/core';
import type { SeededRandom } from '@holdfast/core/testing';
import { postgresInboxMigrations, sqliteInboxMigrations } from '@holdfast/inbox-dedup';
import { postgresOutboxMigrations, sqliteOutboxMigrations } from '@holdfast/outbox';
import { Migrator, postgresLeaseMigrations, sqliteLeaseMigrations } from '@holdfast/sql';
import { postgresTestDatabase, sqliteTestDatabase } from '@holdfast/sql/testing';
import { postgresQueueMigrations, SqlTransport, sqliteQueueMigrations } from '@holdfast/transports/sql';
import { expect, onTestFinished } from 'vitest';
import type { ConsumerProcesses } from './consumer-processes.ts';
import { orderPlaced } from './crash-events.ts';

export const databases = ['PostgreSQL 18', 'SQLite'] as const;

/** Enough for a machine that others use, too. */
const DRAIN_MS = 100_000;

export interface CrashWorld {
  /** What a consumer process is told. */
  readonly where: string;
  readonly transport: SqlTransport;
  query(text: string): Promise<readonly Record<string, unknown>[]>;
}

/** A database with a queue `payment` and tables in which every effect leaves a row, without any constraint. */
export async function openCrashWorld(kind: (typeof databases)[number], leaseMs: number): Promise<CrashWorld> {
  const world = kind === 'SQLite' ? await openSqlite() : await openPostgres();
  for (const table of ['effect', 'taken', 'refused']) await world.query(`create table ${table} (order_id text)`);
  await world.query('create table stock (sku text, n integer)');
  onTestFinished(() => world.transport.close());
  await world.transport.declare({ queue: 'payment', types: ['order.placed'], leaseMs });
  return world;
}

async function openPostgres(): Promise<CrashWorld> {
  const { pool, url, database, names, drop } = await postgresTestDatabase(18);
  onTestFinished(() => drop());
  const sets = [postgresLeaseMigrations, postgresOutboxMigrations, postgresInboxMigrations, postgresQueueMigrations];
  await new Migrator({ database, names, sets }).up();
  return {
    where: url,
    transport: new SqlTransport({ database, names }),
    query: async (text) => (await pool.query(text)).rows,
  };
}

async function openSqlite(): Promise<CrashWorld> {
  const { file, handle, database, names, drop } = sqliteTestDatabase();
  onTestFinished(() => drop());
  const sets = [sqliteLeaseMigrations, sqliteOutboxMigrations, sqliteInboxMigrations, sqliteQueueMigrations];
  await new Migrator({ database, names, sets }).up();
  return {
    where: file,
    transport: new SqlTransport({ database, names }),
    query: async (text) => {
      const statement = handle.prepare(text);
      if (statement.reader) return statement.all() as Record<string, unknown>[];
      statement.run();
      return [];
    },
  };
}

/** Publishes each order `copies` times under one id, all in random order. */
export async function publishOrders(
  { transport }: CrashWorld,
  orderIds: readonly string[],
  { copies, chance }: { readonly copies: number; readonly chance: SeededRandom },
): Promise<void> {
  const encoder = new MessageEncoder({ source: '/orders' });
  const orders = orderIds.map((orderId) => encoder.encode(orderPlaced({ orderId }, { id: `m ${orderId}` })));
  const all = shuffled(Array.from({ length: copies }, () => orders).flat(), chance);
  for (let from = 0; from < all.length; from += 100) {
    const receipts = await transport.publish(all.slice(from, from + 100));
    expect(receipts.filter(({ outcome }) => outcome !== 'accepted')).toEqual([]);
  }
}

function shuffled(envelopes: Envelope[], chance: SeededRandom): Envelope[] {
  for (let index = envelopes.length - 1; index > 0; index -= 1) {
    const other = chance.integer(0, index);
    const [a, b] = [envelopes[index], envelopes[other]];
    if (a === undefined || b === undefined) throw new Error('an index of the list');
    envelopes[index] = b;
    envelopes[other] = a;
  }
  return envelopes;
}

/** Resolves when nothing waits and nothing is leased; rejects at once when a consumer ended by itself. */
export async function drained({ transport }: CrashWorld, consumers: ConsumerProcesses): Promise<void> {
  const deadline = performance.now() + DRAIN_MS;
  for (;;) {
    const { ready, leased, delayed } = await transport.stats('payment');
    expect(consumers.faults).toEqual([]);
    if (ready + leased + delayed === 0) return;
    if (performance.now() > deadline) {
      throw new Error(`not drained within ${DRAIN_MS} ms: ${ready} ready, ${leased} leased, ${delayed} delayed`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** `order_id` of a table with how often it is there, those that are there once left out; and how many different ones. */
export async function countsOf(world: CrashWorld, table: string) {
  const distinct = await world.query(`select count(distinct order_id) as n from ${table}`);
  const more = await world.query(`select order_id, count(*) as n from ${table} group by order_id having count(*) > 1`);
  return { distinct: Number(distinct[0]?.['n']), more };
}

/** What was sent: how many messages, how many different causes, and how many causes that have not exactly one. */
export async function sentOf(world: CrashWorld) {
  const rows = await world.query("select attributes from holdfast_outbox_log where type = 'order.answered'");
  const causes = rows.map((row) => JSON.parse(String(row['attributes'])).causationid as string);
  return { messages: causes.length, causes: new Set(causes).size };
}
