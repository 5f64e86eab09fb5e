import { type MigrationSet, Migrator } from '@holdfast/sql';
import { BetterSqlite3Database, BetterSqlite3TransactionRunner } from '@holdfast/sql/better-sqlite3';
import { openDatabase, type SqliteHandle } from './open-database.ts';

/** A service's own SQLite file, and what runs its transactions: one at a time, so the handle is for the runner alone. */
export interface ServiceDatabase {
  readonly handle: SqliteHandle;
  readonly transactions: BetterSqlite3TransactionRunner<SqliteHandle>;
}

/** Opens it, and creates what is missing: the service's own tables, and those of the packages that it uses. */
export async function openServiceDatabase(
  file: string,
  { schema, sets }: { readonly schema: string; readonly sets: readonly MigrationSet[] },
): Promise<ServiceDatabase> {
  const handle = openDatabase(file, schema);
  await new Migrator({ database: new BetterSqlite3Database(handle), sets }).up();
  return { handle, transactions: new BetterSqlite3TransactionRunner(handle) };
}
