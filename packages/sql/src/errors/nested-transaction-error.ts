import { HoldfastError } from '@holdfast/core';

/** The SQLite handle has a transaction open already, whose end somebody else decides. Nothing was executed. */
export class NestedTransactionError extends HoldfastError {
  readonly code = 'ERR_SQL_NESTED_TRANSACTION';
  constructor() {
    super(
      'The SQLite handle is in a transaction already: give background work a handle of its own, or run this after COMMIT.',
    );
  }
}
