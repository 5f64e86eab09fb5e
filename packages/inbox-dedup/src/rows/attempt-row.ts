import { numberColumn, type SqlRow, textColumn } from '@holdfast/sql';
import type { AttemptStarted, Attempts } from '../store/attempt-store.ts';

/** Attempts from a row of either database. */
export function attemptsOf(row: SqlRow): Attempts {
  return {
    consumer: textColumn(row, 'consumer'),
    source: textColumn(row, 'source'),
    id: textColumn(row, 'id'),
    type: textColumn(row, 'type'),
    unfinished: numberColumn(row, 'unfinished'),
    failures: numberColumn(row, 'failures'),
    lastError: row.last_error === null ? null : textColumn(row, 'last_error'),
    firstAt: numberColumn(row, 'first_at'),
    lastAt: numberColumn(row, 'last_at'),
    quarantinedAt: row.quarantined_at === null ? null : numberColumn(row, 'quarantined_at'),
  };
}

/** What a start was, from the row that it left; there is none when the start was not counted. */
export function attemptStartedOf(row: SqlRow | undefined): AttemptStarted {
  if (row === undefined) return { outcome: 'last-try' };
  const attempts = attemptsOf(row);
  if (attempts.quarantinedAt === null) return { outcome: 'started', attempts };
  return { outcome: 'quarantined', attempts, isNew: numberColumn(row, 'is_new') === 1 };
}
