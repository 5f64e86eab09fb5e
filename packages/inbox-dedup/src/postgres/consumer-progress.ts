/** How long others must have reported before an instance that is silent no longer counts. */
const SETTLE = "interval '10 minutes'";

/** Two CTEs of the instances of consumer `$1` that count: `known` and `counting`. The table is small. */
export function countingInstances(progress: string): string {
  return `known as materialized (select * from ${progress} where consumer = $1),
counting as materialized (
  select * from known k where not exists (
    select from known j
    where j.seen_at > k.seen_at
      and greatest(j.since, k.seen_at) + ${SETTLE} <= (select max(seen_at) from known)
  )
)`;
}

/** How far the consumer has come, or null; after {@link countingInstances}. */
export const reachedAt = '(select min(least(reached_at, now())) from counting)';

export function reportStatement(progress: string): string {
  return `insert into ${progress} as p (consumer, instance, reached_at, since, seen_at)
values ($1, $2, now() - $3::float8 * interval '1 millisecond', now(), now())
on conflict (consumer, instance) do update set
  since = case when p.seen_at + ${SETTLE} < now() then now() else p.since end,
  reached_at = case
    when p.seen_at + ${SETTLE} < now() or p.since + ${SETTLE} > now() then least(p.reached_at, excluded.reached_at)
    else excluded.reached_at
  end,
  seen_at = now()`;
}
