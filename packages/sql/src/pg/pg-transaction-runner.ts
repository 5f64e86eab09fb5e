import type { SqlExecutor, SqlResult, SqlStatement } from '../statement.ts';
import type { TransactionRunner, TransactionRunOptions } from '../transaction-runner.ts';
import type { PgPoolLike } from './pg-client.ts';
import { PgDatabase } from './pg-database.ts';
import { assertTransactOptions, type TransactOptions, transactOnce } from './pg-transact.ts';
import { PgTransactTransactions } from './pg-transact-transactions.ts';
import type { PgTransaction } from './pg-transaction.ts';

/** Not `retry`: a runner runs its work once. */
export type PgTransactionRunnerOptions = Omit<TransactOptions, 'retry'>;

/**
 * Runs transactions on a `pg` pool by {@link transact}, but waits for BEGIN unless the work is guarded: behind a BEGIN that is refused, a
 * pipelined statement takes effect by itself. `statementTimeoutMs` and `connectTimeoutMs` hold for `execute`
 * too, the isolation level for transactions only. The pool stays the caller's.
 */
export class PgTransactionRunner implements TransactionRunner<PgTransaction> {
  readonly dialect = 'postgresql';
  readonly #pool: PgPoolLike;
  readonly #options: PgTransactionRunnerOptions;
  readonly #database: PgDatabase;
  readonly #transactions = new PgTransactTransactions();

  constructor(pool: PgPoolLike, options: PgTransactionRunnerOptions = {}) {
    assertTransactOptions(options);
    this.#pool = pool;
    this.#options = options;
    this.#database = new PgDatabase(pool, options);
  }

  transaction<Result>(
    work: (tx: PgTransaction) => Promise<Result>,
    { isGuarded = false }: TransactionRunOptions = {},
  ): Promise<Result> {
    return transactOnce(this.#pool, work, { ...this.#options, begin: isGuarded ? 'marked' : 'awaited' });
  }

  execute(statement: SqlStatement): Promise<SqlResult> {
    return this.#database.execute(statement);
  }

  executor(tx: PgTransaction): SqlExecutor {
    return this.#transactions.executor(tx);
  }
}
