import type { SqlExecutor, SyncSqlExecutor } from './statement.ts';

export type DialectName = 'postgresql' | 'sqlite';

/**
 * Turns the transaction that the user already has into something that runs our statements inside it.
 * `executor` throws {@link NotInTransactionError} for a handle that is not in a transaction (a pool, a Kysely
 * instance, a client before BEGIN): what it would write could not be atomic with the user's data.
 */
export interface TransactionAdapter<Tx> {
  readonly dialect: DialectName;
  executor(tx: Tx): SqlExecutor;
}

/** The same for synchronous handles. */
export interface SyncTransactionAdapter<Tx> {
  readonly dialect: 'sqlite';
  executor(tx: Tx): SyncSqlExecutor;
}
