import { NotInTransactionError } from '../errors/not-in-transaction-error.ts';
import type { SqlExecutor, SqlResult, SqlStatement } from '../statement.ts';
import type { RunningWork } from '../work-context.ts';
import type { BetterSqlite3DatabaseLike } from './database-like.ts';
import type { StatementCache } from './statement-cache.ts';

/** What one work of a runner executes its statements with; refuses them once its transaction is over. */
export class OpenWork implements SqlExecutor, RunningWork {
  readonly #db: BetterSqlite3DatabaseLike;
  readonly #statements: StatementCache;
  #ended = false;
  #firstError: unknown;

  constructor(db: BetterSqlite3DatabaseLike, statements: StatementCache) {
    this.#db = db;
    this.#statements = statements;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** The first statement that failed, which may be what rolled the transaction back. */
  get firstError(): unknown {
    return this.#firstError;
  }

  async execute(statement: SqlStatement): Promise<SqlResult> {
    this.assertOpen();
    try {
      return this.#statements.run(statement);
    } catch (error) {
      this.#firstError ??= error;
      throw error;
    }
  }

  assertOpen(): void {
    if (this.#ended) {
      throw new NotInTransactionError('a transaction that has ended', 'await everything inside of its work');
    }
    if (!this.#db.inTransaction) {
      throw new NotInTransactionError(
        'a transaction that SQLite has rolled back, after a statement that failed',
        'let the error of that statement reject the work',
      );
    }
  }

  end(): void {
    this.#ended = true;
  }
}
