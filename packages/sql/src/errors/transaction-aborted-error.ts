import { HoldfastError } from '@holdfast/core';

/**
 * COMMIT was answered with ROLLBACK: a statement had failed before and its error was swallowed, after which
 * PostgreSQL ends the transaction without keeping anything. The `cause` is the first failure that was seen.
 */
export class TransactionAbortedError extends HoldfastError {
  readonly code = 'ERR_SQL_TRANSACTION_ABORTED';
  constructor(options?: ErrorOptions) {
    super(
      'Nothing was committed: an earlier statement of the transaction failed and its error was swallowed. Let it reject, or use a savepoint.',
      options,
    );
  }
}
