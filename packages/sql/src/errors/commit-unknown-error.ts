import { HoldfastError } from '@holdfast/core';

/**
 * The connection was lost after COMMIT was sent and before its answer: the transaction is either committed or rolled
 * back as a whole, and nobody on this side knows which. Look for its data, or repeat it under the same idempotency
 * key; never blindly.
 */
export class CommitUnknownError extends HoldfastError {
  readonly code = 'ERR_SQL_COMMIT_UNKNOWN';
  override readonly failureClass = 'unknown';
  constructor(options?: ErrorOptions) {
    super(
      'The connection failed while committing: the transaction may have been committed. Look for its data before repeating it.',
      options,
    );
  }
}
