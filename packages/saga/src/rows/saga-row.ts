import { numberColumn, type SqlRow, textColumn } from '@holdfast/sql';
import type { StateKind } from '../definition/state-spec.ts';
import type { ListedSaga } from '../store/saga-queries.ts';
import type { StoredSaga } from '../store/stored-saga.ts';
import { nullableNumber } from './nullable-column.ts';

/** The columns of {@link storedSagaOf}, on both databases. */
export const STORED_COLUMNS =
  'saga, key, definition_version, state, kind, data, version, transitions, correlation_id, parked';

export function storedSagaOf(row: SqlRow): StoredSaga {
  return {
    saga: textColumn(row, 'saga'),
    key: textColumn(row, 'key'),
    definitionVersion: numberColumn(row, 'definition_version'),
    state: textColumn(row, 'state'),
    kind: textColumn(row, 'kind') as StateKind,
    data: textColumn(row, 'data'),
    version: numberColumn(row, 'version'),
    transitions: numberColumn(row, 'transitions'),
    correlationId: textColumn(row, 'correlation_id'),
    parked: numberColumn(row, 'parked'),
  };
}

/** With the times in milliseconds in columns of their names. */
export function listedSagaOf(row: SqlRow): ListedSaga {
  return {
    ...storedSagaOf(row),
    startedAt: numberColumn(row, 'started_at'),
    changedAt: numberColumn(row, 'changed_at'),
    finishedAt: nullableNumber(row, 'finished_at'),
  };
}
