import Database from 'better-sqlite3';

/** A service's handle on its own SQLite file. */
export type SqliteHandle = Database.Database;

/**
 * Opens a SQLite file so that a commit is on disk when it returns, and readers do not wait for the writer.
 * `schema` is the service's own tables, in statements that may be run again.
 */
export function openDatabase(file: string, schema = ''): SqliteHandle {
  const db = new Database(file, { timeout: 5_000 });
  db.pragma('journal_mode = wal');
  db.pragma('synchronous = full');
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
