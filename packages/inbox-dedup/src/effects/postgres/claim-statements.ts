import { ABANDONED_CALL } from '../store/abandoned-call.ts';
import { claimColumns, plusMs } from './effect-columns.ts';

const due = `known.state in ('calling', 'unknown') and known.due_at <= clock_timestamp()`;

/**
 * A look, and a write only if the look found something to do, so that a repetition writes nothing. `$1` journal, `$2` key,
 * `$3` idempotency key, `$4` about, `$5` lease, `$6` how long after it "it did not happen" is believed.
 */
export function claimStatement(table: string): string {
  const claimable = `(known.state = 'free' or ${due})`;
  const lease = plusMs('$5');
  const settles = plusMs('($5::float8 + $6::float8)');
  return `with found as (
  select *, ${claimable} as claimable from ${table} as known where journal = $1 and key = $2
), claimed as (
  insert into ${table} as known (journal, key, idempotency_key, about, state, token, held, attempts,
    created_at, called_at, settles_at, due_at, changed_at)
  select $1::text, $2::text, $3::text, $4::text, 'calling', 1, true, 1,
    clock_timestamp(), clock_timestamp(), ${settles}, ${lease}, clock_timestamp()
  where not exists (select from found where not claimable)
  on conflict (journal, key) do update set
    state = case known.state when 'free' then 'calling' else 'unknown' end,
    token = known.token + 1,
    held = true,
    attempts = known.attempts + (known.state = 'free')::int,
    verifications = case known.state when 'free' then 0 else known.verifications end,
    undecided = case known.state when 'free' then 0 else known.undecided end,
    called_at = case known.state when 'free' then clock_timestamp() else known.called_at end,
    unknown_since = case known.state when 'free' then null else coalesce(known.unknown_since, clock_timestamp()) end,
    last_error = case known.state when 'calling' then '${ABANDONED_CALL}' else known.last_error end,
    settles_at = case known.state when 'free' then ${settles} else known.settles_at end,
    due_at = ${lease},
    changed_at = clock_timestamp()
  where ${claimable}
  returning *
)
select 1 as claimed, (select state from found) as state_before, ${claimColumns} from claimed
union all
select 0, state, ${claimColumns} from found where not claimable`;
}

/** `$1` journal, `$2` lease. Those that others are about to take are passed over. */
export function claimDueStatement(table: string): string {
  return `with found as (
  select journal, key, state from ${table} as known
  where journal = $1 and ${due} order by due_at limit 1 for update skip locked
), claimed as (
  update ${table} as known set
    state = 'unknown',
    token = known.token + 1,
    held = true,
    unknown_since = coalesce(known.unknown_since, clock_timestamp()),
    last_error = case known.state when 'calling' then '${ABANDONED_CALL}' else known.last_error end,
    due_at = ${plusMs('$2')},
    changed_at = clock_timestamp()
  from found where known.journal = found.journal and known.key = found.key
  returning known.*
)
select (select state from found) as state_before, ${claimColumns} from claimed`;
}
