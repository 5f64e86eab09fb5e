import { sqliteIdempotencyMigrations } from '@holdfast/inbox-dedup/http';
import { SqliteOutboxStore } from '@holdfast/outbox';
import { sqliteSagaMigrations } from '@holdfast/saga';
import { BetterSqlite3Database } from '@holdfast/sql/better-sqlite3';
import { type SendingDatabase, sendingTables } from '../outbox/sending-database.ts';
import { type Durability, openDatabase } from '../sqlite/open-database.ts';
import { openServiceDatabase, type ServiceSchema } from '../sqlite/service-database.ts';
import { ORDER_SCHEMA } from './order-schema.ts';

/** The order service's SQLite file with its outbox, its inbox and its sagas. The relay, another process, opens the same file. */
export interface OrderDatabase extends SendingDatabase {
  close(): void;
}

const SENDING = sendingTables(ORDER_SCHEMA);

export const ORDER_TABLES: ServiceSchema = {
  ...SENDING,
  sets: [...SENDING.sets, sqliteIdempotencyMigrations, sqliteSagaMigrations],
};

/** Creates what is missing. */
export async function createOrderDatabase(file: string, outlives?: Durability): Promise<OrderDatabase> {
  const database = await openServiceDatabase(file, ORDER_TABLES, outlives);
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
