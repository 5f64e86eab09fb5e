import { setTimeout as pause } from 'node:timers/promises';
import Database from 'better-sqlite3';

const TRY_AGAIN_MS = 5;

/** Somebody who holds the write lock of a SQLite file: nobody else can write to it meanwhile. */
export class SqliteLock {
  readonly #db: Database.Database;

  /** The file must exist. */
  constructor(file: string) {
    // Waiting in here would stop the whole process, and with it the one that has the lock.
    this.#db = new Database(file, { fileMustExist: true, timeout: 0 });
  }

  /** Resolves when it has the lock. */
  async take(): Promise<void> {
    while (!this.#db.inTransaction && !this.#tryToTake()) await pause(TRY_AGAIN_MS);
  }

  giveBack(): void {
    if (this.#db.inTransaction) this.#db.exec('rollback');
  }

  close(): void {
    this.giveBack();
    this.#db.close();
  }

  #tryToTake(): boolean {
    try {
      this.#db.exec('begin immediate');
      return true;
    } catch (error) {
      if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) return false;
      throw error;
    }
  }
}
