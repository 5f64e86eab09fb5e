import { HoldfastError } from '@holdfast/core';

/**
 * The handle is not in a transaction, so what would be written could not be atomic with the caller's data.
 * Nothing was written, except by a statement that a `cause` says otherwise of.
 */
export class NotInTransactionError extends HoldfastError {
  readonly code = 'ERR_SQL_NOT_IN_TRANSACTION';
  override readonly failureClass = 'permanent';
  /** What was given, e.g. `a pg Pool`. */
  readonly given: string;

  constructor(given: string, remedy: string) {
    super(`Needs a handle that is in a transaction, but was given ${given}: ${remedy}.`);
    this.given = given;
  }
}
