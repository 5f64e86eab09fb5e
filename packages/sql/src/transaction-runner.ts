import type { SqlExecutor } from './statement.ts';
import type { TransactionAdapter } from './transaction-adapter.ts';

/**
 * Runs the transactions of a service for code that owns their beginning and end: an inbox, a saga. `Tx` is what the
 * service's own code works with (a Kysely transaction, a {@link PgTransaction}, a better-sqlite3 handle);
 * `executor(tx)` turns it into what our statements run on, in the same transaction.
 *
 * Guarantees: `transaction` commits when `work` resolves and has committed when it resolves; it rolls back and rethrows
 * what `work` rejected with. It rejects with {@link CommitUnknownError} when the connection was lost while committing.
 * `work` runs once: retrying a conflict is the caller's part. A transaction that has ended refuses every statement.
 * Waiting for a connection, and for every statement, is bounded.
 */
export interface TransactionRunner<Tx> extends TransactionAdapter<Tx>, SqlExecutor {
  transaction<Result>(work: (tx: Tx) => Promise<Result>, options?: TransactionRunOptions): Promise<Result>;
}

export interface TransactionRunOptions {
  /**
   * The first statement of `work` does nothing by itself where BEGIN was refused (it has {@link IN_MARKED_TRANSACTION} as a condition
   * when {@link isBegunWithMark}), and `work` waits for its answer before the next one. Then the statement may travel with BEGIN where the
   * client is pipelined; else BEGIN is waited for. @default false
   */
  readonly isGuarded?: boolean;
}
