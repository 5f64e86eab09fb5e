import { Migrator, TableNames, type TransactionRunner } from '@holdfast/sql';
import { BetterSqlite3TransactionRunner } from '@holdfast/sql/better-sqlite3';
import { PgTransactionRunner } from '@holdfast/sql/pg';
import { type PostgresTestDatabase, sqliteTestDatabase } from '@holdfast/sql/testing';
import { postgresInboxMigrations } from '../../src/postgres/migrations.ts';
import { PostgresInboxStore } from '../../src/postgres/postgres-inbox-store.ts';
import { sqliteInboxMigrations } from '../../src/sqlite/migrations.ts';
import { SqliteInboxStore } from '../../src/sqlite/sqlite-inbox-store.ts';
import type { InboxStore } from '../../src/store/inbox-store.ts';

/** An inbox's tables, and runners on connections of their own: each is one process of the consumer. */
export interface GateDatabase<Tx = unknown> {
  readonly store: InboxStore;
  runner(): TransactionRunner<Tx>;
  table(name: string): string;
  /** One statement by itself. `?` stands for a value. */
  query(text: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
  elapse(ms: number): Promise<void>;
  drop(): Promise<void>;
}

let databases = 0;

/** Tables of their own in a database that others use too. */
export async function postgresGates({ database, pool }: PostgresTestDatabase): Promise<GateDatabase> {
  databases += 1;
  const prefix = `gate_${databases}`;
  const names = new TableNames({ prefix });
  await new Migrator({ database, names, sets: [postgresInboxMigrations] }).up();
  return {
    store: new PostgresInboxStore({ names }),
    runner: () => new PgTransactionRunner(pool) as unknown as TransactionRunner<unknown>,
    table: (name) => names.table(name),
    async query(text, values = []) {
      const [first = '', ...rest] = text.replaceAll('holdfast_', `${prefix}_`).split('?');
      const numbered = rest.reduce((sql, part, index) => `${sql}$${index + 1}${part}`, first);
      return (await pool.query(numbered, [...values])).rows;
    },
    async elapse(ms) {
      const shift = `- '${ms} milliseconds'::interval`;
      await pool.query(
        `update ${names.table('inbox_parked')} set parked_at = parked_at ${shift}, retry_at = retry_at ${shift}`,
      );
    },
    drop: async () => {},
  };
}

export async function sqliteGates(): Promise<GateDatabase> {
  const file = sqliteTestDatabase();
  const { database, names, handle } = file;
  await new Migrator({ database, names, sets: [sqliteInboxMigrations] }).up();
  const open = () => {
    const own = file.open();
    own.pragma('synchronous = OFF');
    // Whoever holds the lock may be in this thread.
    own.pragma('busy_timeout = 0');
    return own;
  };
  return {
    store: new SqliteInboxStore({ names }),
    runner: () => new BetterSqlite3TransactionRunner(open()) as unknown as TransactionRunner<unknown>,
    table: (name) => names.table(name),
    async query(text, values = []) {
      const statement = handle.prepare(text);
      if (statement.reader) return statement.all(...values) as Record<string, unknown>[];
      statement.run(...values);
      return [];
    },
    async elapse(ms) {
      handle.prepare('update holdfast_inbox_parked set parked_at = parked_at - ?, retry_at = retry_at - ?').run(ms, ms);
    },
    drop: async () => file.drop(),
  };
}
