import type { QueueObjects } from './queue-objects.ts';

/**
 * Plans inside of a function are kept by the session, also those made while the tables were empty: so the planner is left
 * one way, the indexes. They are made under these settings, which end with the call, and once: without that, statements on
 * arrays are planned anew in every call, which costs more than running them. A plan with something that is off looks very
 * expensive before PostgreSQL 18, a sort that has no other way for one: with `jit` every call would compile it.
 */
export const planned = `language plpgsql
set jit = off
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_bitmapscan = off
set enable_sort = off
as $function$`;

/**
 * Excludes pulls of the queue, and everything that changes when a claim is due, until the transaction has ended. What the
 * holder before has committed must be seen afterwards: under a snapshot from before, two would take the same messages.
 */
export function lockPulls({ pullLock }: QueueObjects): string {
  return `if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
    raise exception 'queues need the isolation level READ COMMITTED, and this is %', current_setting('transaction_isolation')
    using errcode = 'feature_not_supported', hint = 'Set default_transaction_isolation of the role or of the pool.';
  end if;
  perform pg_advisory_xact_lock(${pullLock}, p_queue);`;
}

/**
 * Counts `v_gone` positions of the claim `c` as settled. A claim without any is removed, unless it is the cursor of its
 * queue; the next pull removes that one.
 */
export function settleClaim({ claim }: Pick<QueueObjects, 'claim'>): string {
  return `if c.open > v_gone then
      update ${claim} set open = open - v_gone where claim = c.claim;
    elsif c.upto is null or c.upto < ${cursorOf({ claim })} then
      delete from ${claim} where claim = c.claim;
    else
      update ${claim} set open = 0, due_at = 'infinity', leased = false, positions = '{}', deliveries = '{}'
      where claim = c.claim;
    end if;`;
}

/**
 * In a queue with order: hands out the next message of every lane in `v_lanes`, whose message at `v_lane_positions` is
 * settled, as a claim that nobody holds. What the cursor has not reached yet is found by the pull that reaches it; pulls
 * are excluded, so there is nothing in between.
 */
export function handOutNext({ claim, message }: QueueObjects): string {
  return `if v_lanes is not null then
    select array_agg(s.position) into v_next
    from unnest(v_lanes, v_lane_positions) l(lane, position) cross join lateral (
      select m.position from ${message} m
      where m.lane = l.lane and m.queue_id + 0 = p_queue and m.position > l.position
        and m.position <= ${cursorOf({ claim })} order by m.position limit 1
    ) s;
    if v_next is not null then
      insert into ${claim} (claim, due_at, queue_id, open, leased, positions, deliveries) values (
        ${newClaim}, clock_timestamp(), p_queue, cardinality(v_next), false,
        v_next, array_fill(0, array[cardinality(v_next)])
      );
    end if;
  end if;`;
}

/** The last position that a pull has looked at: of all claims of the queue, the newest. */
function cursorOf({ claim }: Pick<QueueObjects, 'claim'>): string {
  return `(select n.upto from ${claim} n where n.queue_id = p_queue and n.upto is not null order by n.upto desc limit 1)`;
}

/**
 * The messages at these positions, whatever the planner believes of the tables: a lateral subquery with a limit is one
 * look into the primary key for each of them.
 */
export function messagesAt({ message }: Pick<QueueObjects, 'message'>, columns: string, positions: string): string {
  return `${positions} cross join lateral (
      select ${columns} from ${message} m where m.queue_id = p_queue and m.position = u.position limit 1
    ) m`;
}

/**
 * A name that is never given again, not even after a crash that lost the claim (a sequence would start over), and that is
 * an integer in JavaScript.
 */
export const newClaim = 'floor(random() * 9007199254740992)::bigint';
