import { HoldfastError } from '@holdfast/core';

/** What a transaction read was changed by another one before it could write. Nothing is lost when it is rolled back and run again. */
export class TransactionConflictError extends HoldfastError {
  readonly code = 'ERR_SQL_TRANSACTION_CONFLICT';
  override readonly failureClass = 'transient';

  /** @param what Was changed: `instance "o-1" of saga "order"`. */
  constructor(what: string) {
    super(`Another transaction changed ${what} in between: roll back, and run this one again from its start.`);
  }
}
