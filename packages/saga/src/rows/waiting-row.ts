import { numberColumn, type SqlRow, textColumn } from '@holdfast/sql';
import type { StateKind } from '../definition/state-spec.ts';
import type { WaitingCount } from '../store/saga-waiting-queries.ts';

/** `sample` is a JSON list: the one form of lists that both databases return. */
export function waitingCountOf(row: SqlRow): WaitingCount {
  const hasBegun = row['state'] !== null;
  return {
    saga: textColumn(row, 'saga'),
    definitionVersion: hasBegun ? numberColumn(row, 'definition_version') : null,
    state: hasBegun ? textColumn(row, 'state') : null,
    kind: hasBegun ? (textColumn(row, 'kind') as StateKind) : null,
    name: textColumn(row, 'name'),
    instances: numberColumn(row, 'instances'),
    sample: JSON.parse(textColumn(row, 'sample')),
  };
}
