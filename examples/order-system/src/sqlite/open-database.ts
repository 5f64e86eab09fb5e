import Database from 'better-sqlite3';

/** A service's handle on its own SQLite file. */
export type SqliteHandle = Database.Database;

/** What a commit outlives when it has returned: also the loss of power, or the end of the process only, which costs far less. */
export type Durability = 'power-loss' | 'process-end';

/**
 * Opens a SQLite file so that readers do not wait for the writer.
 * `schema` is the service's own tables, in statements that may be run again.
 */
export function openDatabase(file: string, schema = '', outlives: Durability = 'power-loss'): SqliteHandle {
  const db = new Database(file, { timeout: 5_000 });
  db.pragma('journal_mode = wal');
  db.pragma(`synchronous = ${outlives === 'power-loss' ? 'full' : 'normal'}`);
  db.pragma('foreign_keys = on');
  db.exec(schema);
  return db;
}

/** A database without a name: SQLite keeps it in memory, moves it to disk when it grows, and removes it when closed. */
export function openScratchDatabase(schema: string): SqliteHandle {
  const db = new Database('');
  db.exec(schema);
  return db;
}

/** Opens an existing file for reading only. */
export function openForReading(file: string): SqliteHandle {
  const db = new Database(file, { fileMustExist: true, timeout: 5_000 });
  db.pragma('query_only = on');
  return db;
}
