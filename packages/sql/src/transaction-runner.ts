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
  transaction<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result>;
}
