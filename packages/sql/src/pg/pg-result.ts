import type { SqlResult } from '../statement.ts';
import type { PgQueryResult } from './pg-client.ts';

/** Our shape of a driver's result: it counts 0 where the driver says null. */
export function sqlResultOf({ rows, rowCount }: PgQueryResult): SqlResult {
  return { rows, rowCount: rowCount ?? 0 };
}
