import { isHoldfastError } from '@holdfast/core';
import { classifyPostgresError, sqlState } from '@holdfast/sql';

/**
 * What a failed statement, which was a transaction of its own, has done.
 * - `refused`: nothing, because of the values in it
 * - `unavailable`: nothing
 * - `unknown`: it may have taken effect
 */
export type StatementOutcome = 'refused' | 'unavailable' | 'unknown';

const dataException = /^22/;
const uncertainCompletion = '40003';

export function postgresOutcome(error: unknown): StatementOutcome {
  const state = sqlState(error);
  if (state !== undefined) {
    if (dataException.test(state)) return 'refused';
    // The server has said that it failed, and an autocommitted statement that failed is rolled back.
    return state === uncertainCompletion ? 'unknown' : 'unavailable';
  }
  if (isConnecting(error)) return 'unavailable';
  // An answer that was an error, behind the loss of the connection.
  const cause = error instanceof Error ? error.cause : undefined;
  if (sqlState(cause) !== undefined && classifyPostgresError(cause) !== 'commit-unknown') return 'unavailable';
  return 'unknown';
}

/** SQLite answers in the process: what has failed has not happened. */
export function sqliteOutcome(): StatementOutcome {
  return 'unavailable';
}

/** Nothing was sent. */
function isConnecting(error: unknown): boolean {
  const isLost = isHoldfastError(error, 'ERR_SQL_UNAVAILABLE') || isHoldfastError(error, 'ERR_SQL_TIMEOUT');
  return isLost && 'activity' in error && error.activity === 'connect';
}
