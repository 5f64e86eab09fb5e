import { setTimeout } from 'node:timers/promises';
import { SystemClock } from '@holdfast/core';
import { Migrator } from '@holdfast/sql';
import { BetterSqlite3Database } from '@holdfast/sql/better-sqlite3';
import { PgDatabase } from '@holdfast/sql/pg';
import { FaultProxy, type PostgresTestVersion, sqliteTestDatabase } from '@holdfast/sql/testing';
import { sqliteQueueMigrations } from '@holdfast/transports/sql';
import type { Transport, TransportCapabilities, TransportWorld } from '@holdfast/transports/testing';
import pg from 'pg';
import { ClosingTransport } from './closing-transport.ts';
import { GatedSqliteDatabase } from './gated-sqlite-database.ts';
import { postgresQueues } from './postgres-queues.ts';

const LEASE_MS = 1_000;
const TIMEOUT_MS = 1_000;
const clock = new SystemClock();

export type Order = 'none' | 'key';

export function sqlCapabilities(order: Order): TransportCapabilities {
  return {
    order: order === 'key' ? 'redeliveries' : 'first-deliveries',
    countsDeliveries: true,
    survivesBroker: true,
    atomicDeadLetter: true,
    maxMessageBytes: 262_144,
    maxDelayMs: 315_360_000_000,
  };
}

/** Queues on a PostgreSQL server that is shared, behind a proxy of their own. */
export async function postgresWorld(version: PostgresTestVersion, order: Order): Promise<TransportWorld> {
  const { names, postgres, table } = await postgresQueues(version);
  const server = new URL(postgres.url);
  const proxy = await FaultProxy.listen({ host: server.hostname, port: Number(server.port) });
  const url = proxy.through(postgres.url);
  const open = new Set<Transport>();
  return {
    capabilities: sqlCapabilities(order),
    leaseMs: LEASE_MS,
    clock,
    name: (word) => word,
    connect: async () => {
      const pool = new pg.Pool({ connectionString: url, max: 4 });
      pool.on('error', () => {});
      const database = new PgDatabase(pool, { statementTimeoutMs: TIMEOUT_MS, connectTimeoutMs: TIMEOUT_MS });
      const transport = new ClosingTransport({ database, names, order, end: () => pool.end() });
      open.add(transport);
      return transport;
    },
    passTime: (ms) => setTimeout(ms),
    setAvailable: async (available) => {
      if (available) proxy.heal();
      else {
        proxy.refuse();
        proxy.reset();
      }
    },
    network: {
      cut: async () => proxy.reset(),
      silence: async () => proxy.silence(),
      silenceAnswers: async () => proxy.silence('down'),
      restore: async () => proxy.heal(),
      noticesSilenceMs: 3 * TIMEOUT_MS,
      connections: () => proxy.connections,
    },
    restart: null,
    sendRaw: async (queue, bytes) => {
      await postgres.pool.query(
        `insert into ${table('queue_message')} (queue_id, id, source, type, attributes, body)
         select id, 'raw', 'somebody', 'something', 'no JSON', $2 from ${table('queue')} where name = $1`,
        [queue, bytes],
      );
    },
    close: async () => {
      proxy.heal();
      await Promise.all([...open].map((transport) => transport.close()));
      await proxy.close();
    },
  };
}

/** Queues in a SQLite file; every client has a handle of its own. */
export async function sqliteWorld(order: Order): Promise<TransportWorld> {
  const sqlite = sqliteTestDatabase();
  const { names, database } = sqlite;
  await new Migrator({ database, names, sets: [sqliteQueueMigrations] }).up();
  const open = new Set<Transport>();
  const gate = { isOpen: true };
  return {
    capabilities: sqlCapabilities(order),
    leaseMs: LEASE_MS,
    clock,
    name: (word) => word,
    connect: async () => {
      const client = new GatedSqliteDatabase(new BetterSqlite3Database(sqlite.open()), gate);
      const transport = new ClosingTransport({ database: client, names, order, end: async () => {} });
      open.add(transport);
      return transport;
    },
    passTime: (ms) => setTimeout(ms),
    setAvailable: async (available) => {
      gate.isOpen = available;
    },
    network: null,
    restart: null,
    sendRaw: async (queue, bytes) => {
      sqlite.handle
        .prepare(
          `insert into holdfast_queue_message (queue_id, id, source, type, attributes, body)
           select id, 'raw', 'somebody', 'something', 'no JSON', ? from holdfast_queue where name = ?`,
        )
        .run(bytes, queue);
    },
    close: async () => {
      await Promise.all([...open].map((transport) => transport.close()));
      sqlite.drop();
    },
  };
}
