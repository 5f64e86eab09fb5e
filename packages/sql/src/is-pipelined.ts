import type { SqlExecutor } from './statement.ts';

/** Whether a statement leaves at once, also before the one ahead of it is answered: then several of them cost one round trip. */
export function isPipelined(executor: SqlExecutor): boolean {
  return 'isPipelined' in executor && executor.isPipelined === true;
}
