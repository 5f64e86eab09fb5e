import { numberColumn, type SqlRow, textColumn } from '@holdfast/sql';
import type { StateKind } from '../definition/state-spec.ts';
import type { SagaAttention, SagaCount } from '../store/saga-queries.ts';

/** `sample` is a JSON list: the one form of lists that both databases return. */
export function sagaCountOf(row: SqlRow): SagaCount {
  return {
    saga: textColumn(row, 'saga'),
    definitionVersion: numberColumn(row, 'definition_version'),
    state: textColumn(row, 'state'),
    kind: textColumn(row, 'kind') as StateKind,
    instances: numberColumn(row, 'instances'),
    sample: JSON.parse(textColumn(row, 'sample')),
  };
}

export function sagaAttentionOf(row: SqlRow): SagaAttention {
  return {
    saga: textColumn(row, 'saga'),
    instances: numberColumn(row, 'instances'),
    oldestMs: numberColumn(row, 'oldest_ms'),
  };
}
