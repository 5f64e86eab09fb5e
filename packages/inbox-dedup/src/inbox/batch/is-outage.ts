import {
  classifyPostgresError,
  DatabaseBusyError,
  DatabaseTimeoutError,
  DatabaseUnavailableError,
  sqlState,
} from '@holdfast/sql';

/** Whether the database itself is away or taken, so that no other message would fare better. An error of an outside call is not that. */
export function isOutage(error: unknown): boolean {
  if (error instanceof DatabaseTimeoutError) return error.activity === 'connect';
  if (error instanceof DatabaseUnavailableError || error instanceof DatabaseBusyError) return true;
  return sqlState(error) !== undefined && classifyPostgresError(error) === 'unavailable';
}
