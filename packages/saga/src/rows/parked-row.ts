import { numberColumn, type SqlRow, textColumn } from '@holdfast/sql';
import type { ParkedEvent, WaitingEvent } from '../store/parked-event.ts';
import type { TimedParkedEvent } from '../store/saga-queries.ts';

export function parkedEventOf(row: SqlRow): ParkedEvent {
  return {
    source: textColumn(row, 'source'),
    id: textColumn(row, 'id'),
    type: textColumn(row, 'type'),
    message: textColumn(row, 'message'),
  };
}

export function waitingEventOf(row: SqlRow): WaitingEvent {
  return { instance: { saga: textColumn(row, 'saga'), key: textColumn(row, 'key') }, event: parkedEventOf(row) };
}

export function timedParkedEventOf(row: SqlRow): TimedParkedEvent {
  return { ...parkedEventOf(row), parkedAt: numberColumn(row, 'parked_at') };
}
