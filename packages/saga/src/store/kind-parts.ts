import type { SagaListQuery } from './saga-queries.ts';

/** The conditions of the indexes that together have all instances of these kinds, each once. */
export function kindParts(kinds: SagaListQuery['kinds']): readonly string[] {
  if (kinds?.every((kind) => kind === 'attention')) return ["kind = 'attention'"];
  if (kinds?.every((kind) => kind === 'final')) return ['finished_at is not null'];
  if (kinds !== undefined && !kinds.includes('final')) return ['finished_at is null'];
  return ['finished_at is null', 'finished_at is not null'];
}
