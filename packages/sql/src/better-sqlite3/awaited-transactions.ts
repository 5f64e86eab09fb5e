import type { SqlExecutor, SqlResult, SqlStatement, SyncSqlExecutor } from '../statement.ts';
import type { SyncTransactionAdapter, TransactionAdapter } from '../transaction-adapter.ts';

/**
 * Gives a synchronous adapter the asynchronous shape, for code that is written once for both. Each statement has run
 * by the time that `execute` returns its promise. The handle is one connection: anything else that runs on it during
 * an `await` is in the same transaction.
 */
export class AwaitedTransactions<Tx> implements TransactionAdapter<Tx> {
  readonly dialect = 'sqlite';
  readonly #transactions: SyncTransactionAdapter<Tx>;

  constructor(transactions: SyncTransactionAdapter<Tx>) {
    this.#transactions = transactions;
  }

  executor(tx: Tx): SqlExecutor {
    return new AwaitedExecutor(this.#transactions.executor(tx));
  }
}

class AwaitedExecutor implements SqlExecutor {
  readonly #executor: SyncSqlExecutor;

  constructor(executor: SyncSqlExecutor) {
    this.#executor = executor;
  }

  async execute(statement: SqlStatement): Promise<SqlResult> {
    return this.#executor.executeSync(statement);
  }
}
