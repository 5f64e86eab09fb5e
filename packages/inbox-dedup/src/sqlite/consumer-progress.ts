import { SQLITE_NOW } from '@holdfast/sql';

/** How long others must have reported before an instance that is silent no longer counts. */
const SETTLE_MS = 600_000;

/** Two CTEs of the instances of consumer `?1`: `known`, and `counting` with how far each has come. The table is small. */
export function countingInstances(progress: string): string {
  return `known as materialized (select * from ${progress} where consumer = ?1),
counting as materialized (
  select instance, case when seen_at < since + ${SETTLE_MS} then min(before_at, reached_at) else reached_at end as reached
  from known k where not exists (
    select 1 from known j
    where j.seen_at > k.seen_at
      and max(j.since, k.seen_at) + ${SETTLE_MS} <= (select max(seen_at) from known)
  )
)`;
}

/** How far the consumer has come, or null; after {@link countingInstances}. */
export const reachedAt = `(select min(min(reached, ${SQLITE_NOW})) from counting)`;

/** A stretch of reports begins with the first, and after a silence; `before_at` is how far it had come before that. */
export function reportStatement(progress: string): string {
  const silent = `p.seen_at + ${SETTLE_MS} < ${SQLITE_NOW}`;
  return `insert into ${progress} as p (consumer, instance, reached_at, before_at, since, seen_at)
values (?1, ?2, ${SQLITE_NOW} - ?3, ${SQLITE_NOW} - ?3, ${SQLITE_NOW}, ${SQLITE_NOW})
on conflict (consumer, instance) do update set
  since = case when ${silent} then ${SQLITE_NOW} else p.since end,
  before_at = case when ${silent} then p.reached_at else p.before_at end,
  reached_at = case
    when not (${silent}) and p.since + ${SETTLE_MS} > ${SQLITE_NOW} then min(p.reached_at, excluded.reached_at)
    else excluded.reached_at
  end,
  seen_at = ${SQLITE_NOW}`;
}
