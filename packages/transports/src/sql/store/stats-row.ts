import type { SqlRow } from '@holdfast/sql';
import type { SqlQueueStats } from './dead-letter-store.ts';

/** Counting ends here: figures of a backlog must not cost what the backlog is long. */
export const COUNT_BOUND = 10_000;

/** Figures from a row with the counts `fresh`, `passed`, `leased`, `delayed`, `due`, `dead` and `oldest_age_ms`. */
export function statsOf(row: SqlRow, ordered: boolean): SqlQueueStats {
  const count = (column: string) => Number(row[column] ?? 0);
  const [leased, delayed, due] = [count('leased'), count('delayed'), count('due')];
  // Behind another message of their key.
  const held = ordered ? Math.max(0, count('passed') - leased - delayed - due) : 0;
  const age = row.oldest_age_ms;
  return {
    ready: bounded(count('fresh') + due + held),
    leased: bounded(leased),
    delayed: bounded(delayed),
    dead: bounded(count('dead')),
    oldestAgeMs: age === null || age === undefined ? null : Math.max(0, Math.round(Number(age))),
  };
}

function bounded(count: number): number {
  return Math.min(count, COUNT_BOUND);
}
