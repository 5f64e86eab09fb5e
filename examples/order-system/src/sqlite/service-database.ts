import { type MigrationSet, Migrator, type TransactionRunner } from '@holdfast/sql';
import { BetterSqlite3Database, BetterSqlite3TransactionRunner } from '@holdfast/sql/better-sqlite3';
import { type Durability, openDatabase, type SqliteHandle } from './open-database.ts';

/** A service's own SQLite file, and what runs its transactions: one at a time, so the handle is for the runner alone. */
export interface ServiceDatabase {
  readonly handle: SqliteHandle;
  readonly transactions: TransactionRunner<SqliteHandle>;
}

/** The tables of a service's database: its own, in statements that may be run again, and those of the packages that it uses. */
export interface ServiceSchema {
  readonly schema: string;
  readonly sets: readonly MigrationSet[];
}

/** Opens it, and creates what is missing. */
export async function openServiceDatabase(
  file: string,
  tables: ServiceSchema,
  outlives?: Durability,
): Promise<ServiceDatabase> {
  const handle = openDatabase(file, '', outlives);
  await createTables(handle, tables);
  return { handle, transactions: new BetterSqlite3TransactionRunner(handle) };
}

export async function createTables(handle: SqliteHandle, { schema, sets }: ServiceSchema): Promise<void> {
  handle.exec(schema);
  await new Migrator({ database: new BetterSqlite3Database(handle), sets }).up();
}
