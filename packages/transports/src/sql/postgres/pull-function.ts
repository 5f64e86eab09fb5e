import { lockPulls, messagesAt, newClaim, planned } from './function-text.ts';
import type { QueueObjects } from './queue-objects.ts';

/** How many messages of busy lanes one pull passes, so that its time is bounded. */
const MAX_PASSED = 2_000;
/** How many claims that are due one pull looks at. */
const MAX_DUE = 64;

/**
 * Takes messages, in three passes: a share of those that came back, then what is new, then again what came back as far as
 * there are places left. One claim row for all. Under the lock of pulls; its statements, unlike those of a plain query, see
 * what the pull before has done. The first row of the answer describes the pull: in `deliveries` whether there is `more`,
 * in `id` the claim, in `source` and `type` the marks for the next pull.
 *
 * The claim does not wait for the disk (`synchronous_commit`): a crash that loses it makes the messages come again, and its
 * name is never given again, so a holder that has lost it can settle nothing. An ack does wait, and with it what was
 * written before.
 */
export function pullFunction(objects: QueueObjects): string {
  const { pullFunction, claim } = objects;
  return `create function ${pullFunction}(
  p_queue integer, p_ordered boolean, p_max integer, p_share integer,
  p_lease_ms double precision, p_due_from double precision, p_low bigint
) returns table (
  place bigint, deliveries integer, id text, source text, type text, key text, attributes text, body text
)
${planned}
#variable_conflict use_column
declare
${variables(objects)}
begin
  perform set_config('synchronous_commit', 'off', true);
  ${lockPulls(objects)}
  select k.claim, k.upto, k.open = 0 into v_cursor_claim, v_cursor, v_cursor_done from ${claim} k
  where k.queue_id = p_queue and k.upto is not null order by k.upto desc limit 1;
  v_cursor := coalesce(v_cursor, 0);
  ${findLow(objects)}
  v_now := clock_timestamp();
  for v_pass in 1 .. 3 loop
    v_room := p_max - cardinality(v_positions) - v_fresh;
    exit when v_room = 0;
    if v_pass = 2 then
      ${takeFresh(objects)}
    elsif v_pass = 3 or p_share > 0 then
      v_room := case when v_pass = 3 then v_room else least(v_room, p_share) end;
      ${takeDue(objects)}
    end if;
  end loop;
  if v_dueless then
    -- What is handed back now may be due before a clock that was set back.
    v_due_from := extract(epoch from v_now) * 1000 - 1000;
  end if;
  ${insertClaim(objects)}
  return query select null::bigint, v_more::integer, v_claim::text, v_due_from::text, v_low::text,
    null::text, null::text, null::text;
  ${returnRows(objects)}
end $function$`;
}

function variables({ claim }: QueueObjects): string {
  return `  c ${claim}%rowtype;
  r record;
  v_cursor_claim bigint;
  v_cursor bigint;
  v_cursor_done boolean;
  v_low bigint := p_low;
  v_now timestamptz;
  v_pass integer;
  v_room integer;
  v_fresh integer := 0;
  v_fresh_positions bigint[] := '{}';
  v_from bigint;
  v_chunk integer;
  v_scanned integer;
  v_passed integer := 0;
  v_upto bigint;
  v_positions bigint[] := '{}';
  v_deliveries integer[] := '{}';
  v_live bigint[];
  v_live_deliveries integer[];
  v_taken integer;
  v_claim bigint;
  v_more boolean := false;
  v_dueless boolean := false;
  v_due_from double precision := p_due_from;`;
}

/** The oldest message there is: nothing below it is looked at again. Only a queue with order looks back at all. */
function findLow({ message }: QueueObjects): string {
  return `if p_ordered then
    select m.position into v_low from ${message} m
    where m.queue_id = p_queue and m.position >= p_low order by m.position limit 1;
    v_low := coalesce(v_low, v_cursor);
  end if;`;
}

/** In a queue with order, the first of every lane that has nothing before the cursor. */
function takeFresh({ message }: QueueObjects): string {
  return `if not p_ordered then
        select array_agg(f.position), max(f.position), count(*) into v_fresh_positions, v_upto, v_fresh from (
          select m.position from ${message} m
          where m.queue_id = p_queue and m.position > v_cursor order by m.position limit v_room
        ) f;
        continue;
      end if;
      v_from := v_cursor;
      v_chunk := v_room;
      loop
        v_scanned := 0;
        for r in
          select s.position, case when s.lane is null then true when s.place > 1 then false else not exists (
            select 1 from (
              select 1 from ${message} b where b.lane = s.lane and b.queue_id + 0 = p_queue
                and b.position <= v_from and b.position >= v_low order by b.position desc limit 1
            ) busy
          ) end as free
          from (
            select n.position, n.lane, row_number() over (partition by n.lane order by n.position) as place from (
              select m.position, m.lane from ${message} m
              where m.queue_id = p_queue and m.position > v_from order by m.position limit v_chunk
            ) n
          ) s order by s.position
        loop
          v_upto := r.position;
          v_scanned := v_scanned + 1;
          if r.free then
            v_fresh_positions := v_fresh_positions || r.position;
            v_fresh := v_fresh + 1;
            exit when v_fresh = v_room;
          else
            v_passed := v_passed + 1;
          end if;
        end loop;
        exit when v_fresh = v_room or v_scanned < v_chunk;
        v_more := v_passed >= ${MAX_PASSED};
        exit when v_more;
        v_from := v_upto;
        v_chunk := 500;
      end loop;`;
}

/** Claims whose time has come. One that an ack holds right now is left out. */
function takeDue(objects: QueueObjects): string {
  const { claim } = objects;
  return `v_taken := 0;
      v_dueless := true;
      for c in
        select * from ${claim} k where k.queue_id = p_queue and k.due_at <= v_now
          and k.due_at >= coalesce(to_timestamp(v_due_from / 1000), '-infinity')
        order by k.due_at limit ${MAX_DUE} for update skip locked
      loop
        v_taken := v_taken + 1;
        if v_room = 0 or v_taken = ${MAX_DUE} then
          v_dueless := false;
          v_due_from := extract(epoch from c.due_at) * 1000 - 1;
          v_more := true;
        end if;
        exit when v_room = 0;
        select coalesce(array_agg(u.position order by u.number), '{}'), coalesce(array_agg(u.deliveries order by u.number), '{}')
        into v_live, v_live_deliveries
        from ${messagesAt(objects, '1', 'unnest(c.positions, c.deliveries) with ordinality u(position, deliveries, number)')};
        v_positions := v_positions || v_live[1 : v_room];
        v_deliveries := v_deliveries || v_live_deliveries[1 : v_room];
        if cardinality(v_live) > v_room then
          update ${claim} k set leased = false, whole = false, open = cardinality(v_live) - v_room,
            positions = v_live[v_room + 1 :], deliveries = v_live_deliveries[v_room + 1 :] where k.claim = c.claim;
          v_dueless := false;
          v_due_from := extract(epoch from c.due_at) * 1000 - 1;
          v_more := true;
          v_room := 0;
          exit;
        end if;
        v_room := v_room - cardinality(v_live);
        if c.claim = v_cursor_claim then
          update ${claim} k set open = 0, due_at = 'infinity', leased = false, positions = '{}', deliveries = '{}'
          where k.claim = c.claim;
          v_cursor_done := true;
        else
          delete from ${claim} k where k.claim = c.claim;
        end if;
      end loop;`;
}

/** Also when nothing was taken but the cursor moved. The claim that was the cursor goes when it has nothing left. */
function insertClaim({ claim }: QueueObjects): string {
  return `if v_fresh > 0 or cardinality(v_positions) > 0 or v_upto is not null then
    v_claim := ${newClaim};
    insert into ${claim} (claim, due_at, upto, queue_id, open, leased, whole, positions, deliveries)
    select v_claim,
      case when v_fresh + cardinality(v_positions) = 0 then 'infinity'
        else clock_timestamp() + p_lease_ms * interval '1 millisecond' end,
      v_upto, p_queue, v_fresh + cardinality(v_positions), v_fresh + cardinality(v_positions) > 0,
      v_fresh > 0 and cardinality(v_positions) = 0 and not p_ordered,
      v_positions || coalesce(v_fresh_positions, '{}'),
      array(select d + 1 from unnest(v_deliveries) d) || array_fill(1, array[v_fresh]);
    if v_upto is not null then
      delete from ${claim} k where k.claim = v_cursor_claim and k.open = 0;
      v_cursor_claim := v_claim;
    end if;
  end if;
  if p_due_from is null then
    -- A cursor that was replaced while its last message was being acked stays behind.
    delete from ${claim} k
    where k.queue_id = p_queue and k.due_at = 'infinity' and k.open = 0 and k.claim <> v_cursor_claim;
  end if;`;
}

/** Bodies as Base64: the driver asks for text, and bytes would be written as hexadecimal. */
function returnRows(objects: QueueObjects): string {
  const columns = "m.position, m.id, m.source, m.type, m.key, m.attributes, encode(m.body, 'base64') as body";
  const rows = (from: string, deliveries: string) =>
    `return query select m.position, ${deliveries}, m.id, m.source, m.type, m.key, m.attributes, m.body from ${from}`;
  return `if cardinality(v_positions) > 0 then
    ${rows(messagesAt(objects, columns, 'unnest(v_positions, v_deliveries) with ordinality u(position, deliveries, number)'), 'u.deliveries + 1')}
    order by u.number;
  end if;
  if p_ordered and v_fresh > 0 then
    ${rows(messagesAt(objects, columns, 'unnest(v_fresh_positions) with ordinality u(position, number)'), '1')}
    order by u.number;
  elsif v_fresh > 0 then
    ${rows(`(select ${columns} from ${objects.message} m where m.queue_id = p_queue and m.position > v_cursor order by m.position limit v_fresh) m`, '1')};
  end if;`;
}
