import { classifyPostgresError } from './classify-postgres-error.ts';
import { DatabaseBusyError } from './database-busy-error.ts';
import { TransactionAbortedError } from './transaction-aborted-error.ts';
import { TransactionConflictError } from './transaction-conflict-error.ts';

/**
 * Whether the same transaction may succeed when it is run again from its start, and running it again is safe because
 * nothing of it was committed: conflicts, a locked SQLite, and a database that is away. Not an unknown commit (it may
 * be committed), and not a timeout (the next attempt would add to the load that caused it).
 */
export function isRetryableTransactionError(error: unknown): boolean {
  if (error instanceof DatabaseBusyError || error instanceof TransactionConflictError) {
    return true;
  }
  if (error instanceof TransactionAbortedError) {
    return isRetryableTransactionError(error.cause);
  }
  const kind = classifyPostgresError(error);
  return kind === 'conflict' || kind === 'unavailable';
}
