import type { Envelope, Message } from '@holdfast/core';
import {
  Inbox,
  type InboxEvent,
  type InboxOptions,
  type InboxStore,
  PostgresInboxStore,
  postgresInboxMigrations,
  SqliteInboxStore,
  sqliteInboxMigrations,
  type WorkContext,
} from '@holdfast/inbox-dedup';
import { Migrator, type SqlStatement, type TransactionRunner } from '@holdfast/sql';
import { BetterSqlite3TransactionRunner } from '@holdfast/sql/better-sqlite3';
import { KyselyTransactionRunner } from '@holdfast/sql/kysely';
import { type PgTransaction, PgTransactionRunner, type PgTransactionRunnerOptions } from '@holdfast/sql/pg';
import { type PostgresTestDatabase, postgresTestDatabase, sqliteTestDatabase } from '@holdfast/sql/testing';
import { Kysely, PostgresDialect, SqliteDialect } from 'kysely';
import type pg from 'pg';
import { afterAll } from 'vitest';
import { events } from './order-events.ts';

/** A service with an inbox whose works write a row for each message. */
export class InboxWorld<Tx> {
  readonly transactions: TransactionRunner<Tx>;
  readonly store: InboxStore;
  readonly events: InboxEvent[] = [];
  readonly #inspect: (text: string) => Promise<readonly Record<string, unknown>[]>;
  readonly #close: () => void | Promise<void>;

  constructor(
    transactions: TransactionRunner<Tx>,
    store: InboxStore,
    how: {
      readonly inspect: (text: string) => Promise<readonly Record<string, unknown>[]>;
      readonly close: () => void | Promise<void>;
    },
  ) {
    this.transactions = transactions;
    this.store = store;
    this.#inspect = how.inspect;
    this.#close = how.close;
  }

  inbox(options: Partial<InboxOptions<Tx>> = {}): Inbox<Tx> {
    const { transactions, store } = this;
    const onEvent = (event: InboxEvent) => void this.events.push(event);
    return new Inbox({ consumer: 'payment', store, transactions, events, onEvent, ...options });
  }

  /** The effect: one row, a second of the same message too. */
  readonly charge = async (message: Message, { tx }: Pick<WorkContext<Tx>, 'tx'>): Promise<void> => {
    await this.transactions.executor(tx).execute(this.insert(message.id));
  };

  insert(id: string): SqlStatement {
    const place = this.transactions.dialect === 'postgresql' ? '$1' : '?1';
    return { text: `insert into charge (message) values (${place})`, values: [id] };
  }

  /** Ids of the messages whose effect is committed, in the order in which it came. */
  async charges(): Promise<readonly string[]> {
    const rows = await this.#inspect('select message from charge order by n');
    return rows.map(({ message }) => String(message));
  }

  async recorded(): Promise<readonly string[]> {
    const rows = await this.#inspect('select id from holdfast_inbox order by id');
    return rows.map(({ id }) => String(id));
  }

  /** How far the sequences of a consumer are, and what is parked in them. One that is at its beginning is as good as none. */
  async sequences(consumer: string): Promise<readonly unknown[]> {
    const columns = 's.source, s.stream, s.key, s.applied, p.number, p.id, p.role';
    const same = 'p.consumer = s.consumer and p.source = s.source and p.stream = s.stream and p.key = s.key';
    return this.#inspect(
      `select ${columns} from holdfast_inbox_sequence s left join holdfast_inbox_parked p on ${same} ` +
        `where s.consumer = '${consumer}' and (s.applied > 0 or s.parked > 0) order by s.stream, s.key, p.number`,
    );
  }

  async close(): Promise<void> {
    await this.#close();
  }
}

const databases = new Map<15 | 18, Promise<PostgresTestDatabase>>();

/** One for each file and version: emptying it is much faster than making another. */
export async function emptyPostgres(version: 15 | 18): Promise<PostgresTestDatabase> {
  const database = databases.get(version) ?? migrated(version);
  databases.set(version, database);
  const { pool } = await database;
  const tables = ['inbox', 'inbox_attempt', 'inbox_progress', 'inbox_sequence', 'inbox_parked'];
  await pool.query(`truncate charge, ${tables.map((table) => `holdfast_${table}`).join(', ')}`);
  return database;
}

async function migrated(version: 15 | 18): Promise<PostgresTestDatabase> {
  const database = await postgresTestDatabase(version);
  await new Migrator({ database: database.database, sets: [postgresInboxMigrations] }).up();
  await database.pool.query('create table charge (n int generated always as identity, message text not null)');
  return database;
}

afterAll(async () => {
  for (const database of databases.values()) await (await database).drop();
});

export interface PostgresWorldOptions {
  readonly version: 15 | 18;
  readonly pipeline?: boolean;
  readonly runner?: PgTransactionRunnerOptions;
  /** Instead of a pool on the server itself. */
  readonly pool?: pg.Pool;
}

export async function postgresWorld(options: PostgresWorldOptions): Promise<InboxWorld<PgTransaction>> {
  const { version, pipeline = true, runner } = options;
  const database = await emptyPostgres(version);
  const pool = options.pool ?? database.openPool({ pipeline });
  return new InboxWorld(new PgTransactionRunner(pool, runner), new PostgresInboxStore(), {
    inspect: async (text) => (await database.pool.query(text)).rows,
    close: () => pool.end(),
  });
}

export async function kyselyPostgresWorld(version: 15 | 18) {
  const database = await emptyPostgres(version);
  const db = new Kysely<object>({ dialect: new PostgresDialect({ pool: database.openPool() }) });
  return new InboxWorld(new KyselyTransactionRunner(db, { dialect: 'postgresql' }), new PostgresInboxStore(), {
    inspect: async (text) => (await database.pool.query(text)).rows,
    close: () => db.destroy(),
  });
}

async function emptySqlite() {
  const test = sqliteTestDatabase();
  test.handle.pragma('synchronous = OFF');
  await new Migrator({ database: test.database, sets: [sqliteInboxMigrations] }).up();
  test.handle.exec('create table charge (n integer primary key, message text not null)');
  const inspect = async (text: string) => test.handle.prepare(text).all() as Record<string, unknown>[];
  const handle = test.open();
  handle.pragma('synchronous = OFF');
  return { handle, inspect, close: () => test.drop() };
}

export async function sqliteWorld() {
  const { handle, ...how } = await emptySqlite();
  return new InboxWorld(new BetterSqlite3TransactionRunner(handle), new SqliteInboxStore(), how);
}

export async function kyselySqliteWorld() {
  const { handle, inspect, close } = await emptySqlite();
  const db = new Kysely<object>({ dialect: new SqliteDialect({ database: handle }) });
  return new InboxWorld(new KyselyTransactionRunner(db, { dialect: 'sqlite' }), new SqliteInboxStore(), {
    inspect,
    close: async () => {
      await db.destroy();
      close();
    },
  });
}

/** The same id with other content. */
export function forged(envelope: Envelope): Envelope {
  return { ...envelope, body: Buffer.from('{"orderId":"other","cents":1}') };
}
