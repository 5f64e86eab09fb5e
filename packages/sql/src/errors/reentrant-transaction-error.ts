import { HoldfastError } from '@holdfast/core';

/**
 * The work of a transaction asked its own runner for another connection, where there is only one: it would have waited
 * for itself for ever. Nothing was executed.
 */
export class ReentrantTransactionError extends HoldfastError {
  readonly code = 'ERR_SQL_REENTRANT_TRANSACTION';
  override readonly failureClass = 'permanent';
  /** The method that was called: `transaction` or `execute`. */
  readonly method: 'transaction' | 'execute';

  constructor(method: 'transaction' | 'execute') {
    super(
      `"${method}" was called inside of the work of a transaction of the same runner, which has one connection: use "executor(tx)" there.`,
    );
    this.method = method;
  }
}
