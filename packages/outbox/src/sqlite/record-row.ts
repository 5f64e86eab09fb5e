import type { SqlRow } from '@holdfast/sql';
import { entryOf } from '../rows/entry-row.ts';
import type { LogRecord } from '../store/log-record.ts';

/** A message to be appended now, from a row with its envelope and its destination. */
export function recordOf(row: SqlRow): LogRecord {
  return { envelope: entryOf(row).envelope, destination: row.destination as string, delayMs: 0 };
}
