import { handOutNext, lockPulls, planned, settleClaim } from './function-text.ts';
import type { QueueObjects } from './queue-objects.ts';

/** Moves a message of a claim that is held to the end of another queue. Like every append, under the lock of that queue. */
export function deadLetterFunction(objects: QueueObjects): string {
  const { deadLetterFunction, claim, message, publishLock } = objects;
  return `create function ${deadLetterFunction}(
  p_queue integer, p_ordered boolean, p_claim bigint, p_position bigint, p_target integer,
  p_id text, p_source text, p_type text, p_attributes text
) returns boolean
${planned}
#variable_conflict use_column
declare
  c ${claim}%rowtype;
  m ${message}%rowtype;
  v_gone integer := 1;
  v_lanes bigint[];
  v_lane_positions bigint[];
  v_next bigint[];
begin
  if p_ordered then
    ${lockPulls(objects)}
  end if;
  select * into c from ${claim} where claim = p_claim and due_at > clock_timestamp() for update;
  if not found or p_position <> all(c.positions) then
    return false;
  end if;
  delete from ${message} where queue_id = p_queue and position = p_position returning * into m;
  if not found then
    return false;
  end if;
  perform pg_advisory_xact_lock(${publishLock}, p_target);
  insert into ${message} (queue_id, origin, key, id, source, type, attributes, body)
  values (p_target, coalesce(m.origin, p_queue), m.key, p_id, p_source, p_type, p_attributes, m.body);
  ${settleClaim(objects)}
  if m.lane is not null then
    v_lanes := array[m.lane];
    v_lane_positions := array[m.position];
  end if;
  ${handOutNext(objects)}
  return true;
end $function$`;
}
