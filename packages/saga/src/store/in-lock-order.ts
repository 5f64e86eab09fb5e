import type { SagaId } from './saga-id.ts';

/** In the one order in which everybody locks instances, so that no two transactions wait for each other. */
export function inLockOrder<Value extends SagaId>(values: readonly Value[]): readonly Value[] {
  return values.length < 2 ? values : [...values].sort(compareIds);
}

/** By code units, which is not a language's order but the same everywhere. */
function compareIds(left: SagaId, right: SagaId): number {
  if (left.saga !== right.saga) return left.saga < right.saga ? -1 : 1;
  if (left.key === right.key) return 0;
  return left.key < right.key ? -1 : 1;
}
