import { numberColumn, type SqlRow, textColumn } from '@holdfast/sql';
import type { ListedTimer } from '../store/saga-queries.ts';
import type { DueTimer, StoredTimer } from '../store/timer-store.ts';
import { nullableText } from './nullable-column.ts';

export function storedTimerOf(row: SqlRow): StoredTimer {
  return {
    saga: textColumn(row, 'saga'),
    key: textColumn(row, 'key'),
    timer: textColumn(row, 'timer'),
    epoch: numberColumn(row, 'epoch'),
  };
}

export function dueTimerOf(row: SqlRow): DueTimer {
  return {
    ...storedTimerOf(row),
    overdueMs: numberColumn(row, 'overdue_ms'),
    failures: numberColumn(row, 'failures'),
  };
}

export function listedTimerOf(row: SqlRow): ListedTimer {
  return {
    ...storedTimerOf(row),
    dueAt: numberColumn(row, 'due_at'),
    failures: numberColumn(row, 'failures'),
    lastError: nullableText(row, 'last_error'),
  };
}
