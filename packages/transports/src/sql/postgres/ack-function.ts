import { handOutNext, lockPulls, messagesAt, planned, settleClaim } from './function-text.ts';
import type { QueueObjects } from './queue-objects.ts';

/**
 * Removes the messages of claims that are held. The row of a claim is locked first, and a take-over needs that lock too: so
 * of the two, one happens. Claims come in one order, so that acks do not deadlock. Answers which
 * claims were held, with those of the positions that belong to them; null when all do.
 */
export function ackFunction(objects: QueueObjects): string {
  const { ackFunction, claim, message } = objects;
  return `create function ${ackFunction}(
  p_queue integer, p_ordered boolean, p_claims bigint[], p_sizes integer[], p_positions bigint[]
) returns table (held bigint, positions bigint[])
${planned}
#variable_conflict use_column
declare
  c ${claim}%rowtype;
  v_start integer := 1;
  v_size integer;
  v_mine bigint[];
  v_gone integer;
  v_whole boolean;
  v_gone_lanes bigint[];
  v_gone_lane_positions bigint[];
  v_lanes bigint[];
  v_lane_positions bigint[];
  v_next bigint[];
begin
  if p_ordered then
    ${lockPulls(objects)}
  end if;
  for v_number in 1 .. cardinality(p_claims) loop
    v_size := p_sizes[v_number];
    if v_size > 0 then
      v_mine := p_positions[v_start : v_start + v_size - 1];
      v_start := v_start + v_size;
    end if;
    select * into c from ${claim} where claim = p_claims[v_number] and due_at > clock_timestamp() for update;
    continue when not found;
    if v_size < 0 then
      v_mine := c.positions;
      v_whole := cardinality(v_mine) = -v_size;
    else
      v_whole := v_mine = c.positions;
    end if;
    if not v_whole and v_size > 0 then
      v_mine := array(select unnest(v_mine) intersect select unnest(c.positions));
    end if;
    if v_whole and c.whole then
      delete from ${message} where queue_id = p_queue
        and position >= v_mine[1] and position <= v_mine[cardinality(v_mine)];
      get diagnostics v_gone = row_count;
    else
      with gone as (
        delete from ${message} where ctid = any(array(
          select m.ctid from ${messagesAt(objects, 'm.ctid', 'unnest(v_mine) u(position)')}
        )) returning position, lane
      )
      select count(*), array_agg(lane) filter (where lane is not null), array_agg(position) filter (where lane is not null)
      into v_gone, v_gone_lanes, v_gone_lane_positions from gone;
      v_lanes := v_lanes || v_gone_lanes;
      v_lane_positions := v_lane_positions || v_gone_lane_positions;
    end if;
    ${settleClaim(objects)}
    held := c.claim;
    positions := case when v_whole then null else v_mine end;
    return next;
  end loop;
  ${handOutNext(objects)}
end $function$`;
}
