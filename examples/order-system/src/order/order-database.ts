import { SqliteOutboxStore, sqliteOutboxMigrations } from '@holdfast/outbox';
import { Migrator, sqliteLeaseMigrations } from '@holdfast/sql';
import { BetterSqlite3Database } from '@holdfast/sql/better-sqlite3';
import { openDatabase, type SqliteHandle } from '../sqlite/open-database.ts';
import { ORDER_SCHEMA } from './order-schema.ts';

/** The order service's SQLite file with its outbox. The relay, another process, opens the same file. */
export interface OrderDatabase {
  readonly handle: SqliteHandle;
  readonly outboxStore: SqliteOutboxStore;
}

/** Creates what is missing. */
export async function createOrderDatabase(file: string): Promise<OrderDatabase> {
  const handle = openDatabase(file, ORDER_SCHEMA);
  const database = new BetterSqlite3Database(handle);
  await new Migrator({ database, sets: [sqliteLeaseMigrations, sqliteOutboxMigrations] }).up();
  const outboxStore = new SqliteOutboxStore({ database });
  await outboxStore.declareDestinations([{ name: 'default', lanes: 2 }]);
  return { handle, outboxStore };
}
