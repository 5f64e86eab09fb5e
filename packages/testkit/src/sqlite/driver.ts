import Database from 'better-sqlite3';

/** A connection of better-sqlite3, as our packages and their users take it. */
export type SqliteHandle = Database.Database;

export type PreparedStatement = Database.Statement<unknown[]>;

/** Opens a connection that waits for nobody: in a simulation waiting is a matter of virtual time. */
export function openConnection(file: string): SqliteHandle {
  return new Database(file, { timeout: 0 });
}

/** The driver's own error, as a real database gives it. */
export function sqliteError(code: string, message: string): Error {
  return new Database.SqliteError(message, code);
}

export function isSqliteBusy(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY');
}

/** Another connection writes. Waiting helps, unlike with SQLITE_BUSY_SNAPSHOT: what was read is out of date then. */
export function isSqliteLocked(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code === 'SQLITE_BUSY';
}
