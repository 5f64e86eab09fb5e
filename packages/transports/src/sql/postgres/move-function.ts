import { lockPulls, messagesAt, newClaim, planned, settleClaim } from './function-text.ts';
import type { QueueObjects } from './queue-objects.ts';

/**
 * Gives messages of a claim that is held a claim of their own: extended, delayed or handed back. An extension of all that is
 * left keeps its claim. Under the lock of pulls, so that no claim becomes due at a time that a pull has looked at already.
 */
export function moveFunction(objects: QueueObjects): string {
  const { moveFunction, claim } = objects;
  return `create function ${moveFunction}(
  p_queue integer, p_claim bigint, p_positions bigint[], p_due_ms double precision, p_leased boolean, p_uncounted boolean
) returns table (claim bigint, positions bigint[])
${planned}
#variable_conflict use_column
declare
  c ${claim}%rowtype;
  v_positions bigint[];
  v_deliveries integer[];
  v_gone integer;
  v_claim bigint := p_claim;
  v_due timestamptz;
begin
  ${lockPulls(objects)}
  select * into c from ${claim} where claim = p_claim and due_at > clock_timestamp() for update;
  if not found then
    return;
  end if;
  select array_agg(u.position order by u.number), array_agg(u.deliveries - p_uncounted::integer order by u.number)
  into v_positions, v_deliveries
  from ${messagesAt(objects, '1', 'unnest(c.positions, c.deliveries) with ordinality u(position, deliveries, number)')}
  where u.position = any(p_positions);
  v_gone := coalesce(cardinality(v_positions), 0);
  if v_gone = 0 then
    return;
  end if;
  v_due := clock_timestamp() + p_due_ms * interval '1 millisecond';
  if p_leased and v_gone = c.open then
    update ${claim} set due_at = v_due where claim = p_claim;
  else
    v_claim := ${newClaim};
    insert into ${claim} (claim, due_at, queue_id, open, leased, positions, deliveries)
    values (v_claim, v_due, p_queue, v_gone, p_leased, v_positions, v_deliveries);
    if c.open > v_gone then
      update ${claim} k set whole = false, (positions, deliveries) = (
        select array_agg(u.position order by u.number), array_agg(u.deliveries order by u.number)
        from unnest(c.positions, c.deliveries) with ordinality u(position, deliveries, number)
        where u.position <> all(v_positions)
      ) where k.claim = c.claim;
    end if;
    ${settleClaim(objects)}
  end if;
  return query select v_claim, v_positions;
end $function$`;
}
