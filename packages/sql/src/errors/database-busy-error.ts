import { HoldfastError } from '@holdfast/core';

/** Another connection held the SQLite write lock for longer than the busy timeout. Nothing was changed. */
export class DatabaseBusyError extends HoldfastError {
  readonly code = 'ERR_SQL_BUSY';
  constructor(activity: string, options?: ErrorOptions) {
    super(`SQLite was locked by another connection at "${activity}": retry, or raise "PRAGMA busy_timeout".`, options);
  }
}
