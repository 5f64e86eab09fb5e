import type { Delivery, Envelope, QueueReader } from '@holdfast/core';
import { Migrator, type PostgresDatabase, type SqliteDatabase, type TableNames } from '@holdfast/sql';
import { BetterSqlite3Database } from '@holdfast/sql/better-sqlite3';
import { PgDatabase } from '@holdfast/sql/pg';
import { sqliteTestDatabase } from '@holdfast/sql/testing';
import { SqlTransport, type SqlTransportOptions, sqliteQueueMigrations } from '@holdfast/transports/sql';
import { expect, onTestFinished } from 'vitest';
import { postgresQueues } from './postgres-queues.ts';

/** Empty queues in a database of one kind. */
export interface Queues {
  readonly names: TableNames;
  /** A database object of its own on the same database, as another process has it. */
  openDatabase(): PostgresDatabase | SqliteDatabase;
  /** A transport, on a database object of its own unless one is given; closed with the test. */
  connect(options?: Partial<SqlTransportOptions>): SqlTransport;
}

export const databases = ['PostgreSQL 15', 'PostgreSQL 18', 'SQLite'] as const;

export async function openQueues(kind: (typeof databases)[number]): Promise<Queues> {
  const { names, openDatabase } =
    kind === 'SQLite' ? await sqlite() : await postgres(kind === 'PostgreSQL 15' ? 15 : 18);
  return {
    names,
    openDatabase,
    connect: (options) => {
      const transport = new SqlTransport({ database: openDatabase(), names, ...options });
      onTestFinished(() => transport.close());
      return transport;
    },
  };
}

async function postgres(version: 15 | 18) {
  const { names, postgres } = await postgresQueues(version);
  return { names, openDatabase: () => new PgDatabase(postgres.pool) };
}

async function sqlite() {
  const { database, names, open, drop } = sqliteTestDatabase();
  onTestFinished(() => drop());
  await new Migrator({ database, names, sets: [sqliteQueueMigrations] }).up();
  return { names, openDatabase: () => new BetterSqlite3Database(open()) };
}

/** Publishes and expects that all is accepted. */
export async function publishAll(transport: SqlTransport, batch: readonly Envelope[]): Promise<void> {
  const receipts = await transport.publish(batch);
  expect(receipts.filter(({ outcome }) => outcome !== 'accepted')).toEqual([]);
}

export function idsOf(deliveries: readonly Delivery[]): string[] {
  return deliveries.map(({ envelope }) => envelope.id);
}

export async function ackAll(deliveries: readonly Delivery[]): Promise<void> {
  await Promise.all(deliveries.map((delivery) => delivery.ack()));
}

/** Takes and acks until nothing is left. */
export async function drain(reader: QueueReader, max = 100): Promise<string[]> {
  const ids: string[] = [];
  for (;;) {
    const deliveries = await reader.pull(max, { waitMs: 0 });
    if (deliveries.length === 0) return ids;
    ids.push(...idsOf(deliveries));
    await ackAll(deliveries);
  }
}
