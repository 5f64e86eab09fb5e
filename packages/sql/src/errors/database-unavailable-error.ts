import { HoldfastError } from '@holdfast/core';

/**
 * No connection could be had, or it was lost. A single statement outside of a transaction may have taken effect;
 * a transaction that was not yet committing has not.
 */
export class DatabaseUnavailableError extends HoldfastError {
  readonly code = 'ERR_SQL_UNAVAILABLE';
  /** The start of the statement, or `connect`: then nothing was sent. */
  readonly activity: string;

  constructor(activity: string, options?: ErrorOptions) {
    super(`The connection to the database failed at "${activity}".`, options);
    this.activity = activity;
  }
}
