import { NotInTransactionError } from '../errors/not-in-transaction-error.ts';
import type { SqlResult, SqlStatement, SyncSqlExecutor } from '../statement.ts';
import type { StatementCache } from './statement-cache.ts';

/** What the work of a transaction runs its statements with; refuses them once the transaction has ended. */
export class OpenTransaction implements SyncSqlExecutor {
  readonly #statements: StatementCache;
  #ended = false;

  constructor(statements: StatementCache) {
    this.#statements = statements;
  }

  executeSync(statement: SqlStatement): SqlResult {
    if (this.#ended) {
      throw new NotInTransactionError(
        'a transaction that has ended',
        'use it only inside of the work that it was given to',
      );
    }
    return this.#statements.run(statement);
  }

  end(): void {
    this.#ended = true;
  }
}
