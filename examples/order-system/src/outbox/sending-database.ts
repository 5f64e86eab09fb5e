import { sqliteInboxMigrations } from '@holdfast/inbox-dedup';
import { SqliteOutboxStore, sqliteOutboxMigrations } from '@holdfast/outbox';
import { sqliteLeaseMigrations } from '@holdfast/sql';
import { BetterSqlite3Database } from '@holdfast/sql/better-sqlite3';
import type { Durability } from '../sqlite/open-database.ts';
import { openServiceDatabase, type ServiceDatabase, type ServiceSchema } from '../sqlite/service-database.ts';
import { SENT_LOG_SCHEMA } from './sent-log.ts';

/** A service's own SQLite file with its outbox. The relay, another process, opens the same file. */
export interface SendingDatabase extends ServiceDatabase {
  readonly outboxStore: SqliteOutboxStore;
}

/** The tables of a service that takes messages in and sends others: its own, given in `schema`, and those that all of them need. */
export function sendingTables(schema: string): ServiceSchema {
  return {
    schema: `${SENT_LOG_SCHEMA}\n${schema}`,
    sets: [sqliteInboxMigrations, sqliteLeaseMigrations, sqliteOutboxMigrations],
  };
}

/** Opens it, and creates what is missing. */
export async function openSendingDatabase(
  file: string,
  tables: ServiceSchema,
  outlives?: Durability,
): Promise<SendingDatabase> {
  const database = await openServiceDatabase(file, tables, outlives);
  const outboxStore = new SqliteOutboxStore({ database: new BetterSqlite3Database(database.handle) });
  await outboxStore.declareDestinations([{ name: 'default', lanes: 1 }]);
  return { ...database, outboxStore };
}
