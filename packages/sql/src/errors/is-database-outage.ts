import { classifyPostgresError, sqlState } from './classify-postgres-error.ts';
import { DatabaseBusyError } from './database-busy-error.ts';
import { DatabaseTimeoutError } from './database-timeout-error.ts';
import { DatabaseUnavailableError } from './database-unavailable-error.ts';

/** Whether the database itself is away or taken, so that no other work would fare better. An error of an outside call is not that. */
export function isDatabaseOutage(error: unknown): boolean {
  if (error instanceof DatabaseTimeoutError) return error.activity === 'connect';
  if (error instanceof DatabaseUnavailableError || error instanceof DatabaseBusyError) return true;
  return sqlState(error) !== undefined && classifyPostgresError(error) === 'unavailable';
}
