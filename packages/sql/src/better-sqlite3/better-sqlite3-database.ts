import { NestedTransactionError } from '../errors/nested-transaction-error.ts';
import type { SqliteDatabase } from '../sqlite-database.ts';
import type { SqlResult, SqlStatement, SyncSqlExecutor } from '../statement.ts';
import type { BetterSqlite3DatabaseLike } from './database-like.ts';
import { OpenTransaction } from './open-transaction.ts';
import { StatementCache } from './statement-cache.ts';

const beginStatement: SqlStatement = { text: 'begin immediate', values: [] };
const commitStatement: SqlStatement = { text: 'commit', values: [] };
const rollbackStatement: SqlStatement = { text: 'rollback', values: [] };

/**
 * A better-sqlite3 handle for background work. Integers come back as bigint, whatever the handle's own setting, which
 * is left alone. The handle stays the caller's and is never closed here; use one that no code leaves a transaction
 * open on across an `await`, best one of its own.
 */
export class BetterSqlite3Database implements SqliteDatabase {
  readonly dialect = 'sqlite';
  readonly #db: BetterSqlite3DatabaseLike;
  readonly #statements: StatementCache;

  constructor(db: BetterSqlite3DatabaseLike) {
    this.#db = db;
    this.#statements = new StatementCache(db);
  }

  executeSync(statement: SqlStatement): SqlResult {
    // Inside of somebody else's open transaction it could be rolled back with that.
    this.#assertNoTransaction();
    return this.#statements.run(statement);
  }

  transaction<Result>(work: (tx: SyncSqlExecutor) => Result): Result {
    this.#assertNoTransaction();
    this.#statements.run(beginStatement);
    const tx = new OpenTransaction(this.#statements);
    try {
      const result = work(tx);
      assertSynchronous(result);
      this.#statements.run(commitStatement);
      return result;
    } catch (error) {
      // Some failures, a full disk for one, have rolled back already.
      if (this.#db.inTransaction) {
        this.#statements.run(rollbackStatement);
      }
      throw error;
    } finally {
      tx.end();
    }
  }

  #assertNoTransaction(): void {
    if (this.#db.inTransaction) {
      throw new NestedTransactionError();
    }
  }
}

/** A promise would commit before its work is done. */
function assertSynchronous(result: unknown): void {
  if (typeof result === 'object' && result !== null && 'then' in result && typeof result.then === 'function') {
    throw new TypeError('The work of a SQLite transaction must not be asynchronous: it returned a promise.');
  }
}
