import { sqliteIdempotencyMigrations } from '@holdfast/inbox-dedup/http';
import { SqliteOutboxStore, sqliteOutboxMigrations } from '@holdfast/outbox';
import { sqliteLeaseMigrations } from '@holdfast/sql';
import { BetterSqlite3Database } from '@holdfast/sql/better-sqlite3';
import { openDatabase } from '../sqlite/open-database.ts';
import { openServiceDatabase, type ServiceDatabase, type ServiceSchema } from '../sqlite/service-database.ts';
import { ORDER_SCHEMA } from './order-schema.ts';

/** The order service's SQLite file with its outbox. The relay, another process, opens the same file. */
export interface OrderDatabase extends ServiceDatabase {
  readonly outboxStore: SqliteOutboxStore;
  close(): void;
}

export const ORDER_TABLES: ServiceSchema = {
  schema: ORDER_SCHEMA,
  sets: [sqliteLeaseMigrations, sqliteOutboxMigrations, sqliteIdempotencyMigrations],
};

/** Creates what is missing. */
export async function createOrderDatabase(file: string): Promise<OrderDatabase> {
  const database = await openServiceDatabase(file, ORDER_TABLES);
  // What waits in the outbox is looked at while a transaction may be open on the other handle. After this it only reads.
  const looking = openDatabase(file);
  const outboxStore = new SqliteOutboxStore({ database: new BetterSqlite3Database(looking) });
  await outboxStore.declareDestinations([{ name: 'default', lanes: 2 }]);
  const close = () => {
    looking.close();
    database.handle.close();
  };
  return { ...database, outboxStore, close };
}
