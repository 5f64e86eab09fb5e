import { HoldfastError } from '@holdfast/core';

/**
 * The database did not answer in time. The connection was destroyed, not returned to its pool. A single statement
 * outside of a transaction may have taken effect; a transaction that was not yet committing has not.
 */
export class DatabaseTimeoutError extends HoldfastError {
  readonly code = 'ERR_SQL_TIMEOUT';
  /** The start of the statement, or `connect`: then nothing was sent. */
  readonly activity: string;
  readonly timeoutMs: number;

  constructor(activity: string, timeoutMs: number, options?: ErrorOptions) {
    super(`The database did not answer "${activity}" within ${timeoutMs} ms.`, options);
    this.activity = activity;
    this.timeoutMs = timeoutMs;
  }
}
