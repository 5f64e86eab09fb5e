import { planned } from './function-text.ts';
import type { QueueObjects } from './queue-objects.ts';

/**
 * Appends messages to the queues that bind their types. What makes position order commit order in a queue is its lock: it is
 * held from before a position is drawn (the materialized CTE is read to its end before the insert evaluates defaults) until
 * the transaction has ended. Locks are taken in one order. Routes and rows come from one snapshot, so no row goes to a
 * queue that is not locked.
 */
export function publishFunction({ publishFunction, binding, queue, message, publishLock }: QueueObjects): string {
  return `create function ${publishFunction}(
  p_ids text[], p_sources text[], p_types text[], p_attributes text[], p_keys text[],
  p_bodies bytea, p_starts integer[], p_lengths integer[]
) returns table (unrouted bigint, queue_id integer)
${planned}
#variable_conflict use_column
begin
  return query
  with input as materialized (
    select r.* from unnest(p_ids, p_sources, p_types, p_attributes, p_keys, p_starts, p_lengths)
      with ordinality as r(id, source, type, attributes, key, starts, length, ordinal)
  ), types as materialized (
    select distinct i.type from input i
  ), routed as materialized (
    select t.type, q.id as queue_id, q.ordered from types t
      cross join lateral (select t.type union select '*') as w(type)
      join ${binding} b on b.type = w.type
      join ${queue} q on q.id = b.queue_id
  ), locked as materialized (
    select l.queue_id, pg_advisory_xact_lock(${publishLock}, l.queue_id)
    from (select distinct r.queue_id from routed r order by 1 offset 0) l
  ), stored as (
    insert into ${message} (lane, queue_id, key, id, source, type, attributes, body)
    select case when r.ordered then hashtextextended(i.key, r.queue_id) end,
      r.queue_id, i.key, i.id, i.source, i.type, i.attributes, substr(p_bodies, i.starts, i.length)
    from input i join routed r on r.type = i.type cross join (select count(*) from locked) l
    order by i.ordinal
  )
  select i.ordinal, null::integer from input i where not exists (select 1 from routed r where r.type = i.type)
  union all
  select null::bigint, l.queue_id from locked l;
end $function$`;
}
