import type { SqliteDatabase, SqlResult, SqlStatement, SyncSqlExecutor } from '@holdfast/sql';

/** A SQLite file that can be taken away, as a full disk or a lost mount does. */
export class GatedSqliteDatabase implements SqliteDatabase {
  readonly dialect = 'sqlite';
  readonly #inner: SqliteDatabase;
  readonly #gate: { readonly isOpen: boolean };

  constructor(inner: SqliteDatabase, gate: { readonly isOpen: boolean }) {
    this.#inner = inner;
    this.#gate = gate;
  }

  executeSync(statement: SqlStatement): SqlResult {
    this.#assertOpen();
    return this.#inner.executeSync(statement);
  }

  transaction<Result>(work: (tx: SyncSqlExecutor) => Result): Result {
    this.#assertOpen();
    return this.#inner.transaction(work);
  }

  #assertOpen(): void {
    if (!this.#gate.isOpen) throw new Error('disk I/O error');
  }
}
