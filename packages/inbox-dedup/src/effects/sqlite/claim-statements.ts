import { SQLITE_NOW } from '@holdfast/sql';
import { ABANDONED_CALL } from '../store/abandoned-call.ts';

/** What a claim must know besides the columns. */
export const claimColumns = `*, settles_at - ${SQLITE_NOW} as settles_in_ms, due_at - ${SQLITE_NOW} as due_in_ms, ${SQLITE_NOW} - unknown_since as unknown_for_ms`;

const due = `state in ('calling', 'unknown') and due_at <= ${SQLITE_NOW}`;

export function findStatement(table: string): string {
  return `select ${claimColumns}, state = 'free' or ${due} as claimable from ${table} where journal = ?1 and key = ?2`;
}

/** The same as on PostgreSQL; its parameters too. */
export function claimStatement(table: string): string {
  return `insert into ${table} as known (journal, key, idempotency_key, about, state, token, held, attempts,
    created_at, called_at, settles_at, due_at, changed_at)
values (?1, ?2, ?3, ?4, 'calling', 1, 1, 1, ${SQLITE_NOW}, ${SQLITE_NOW}, ${SQLITE_NOW} + ?5 + ?6, ${SQLITE_NOW} + ?5, ${SQLITE_NOW})
on conflict (journal, key) do update set
  state = case known.state when 'free' then 'calling' else 'unknown' end,
  token = known.token + 1,
  held = 1,
  attempts = known.attempts + (known.state = 'free'),
  verifications = case known.state when 'free' then 0 else known.verifications end,
  undecided = case known.state when 'free' then 0 else known.undecided end,
  called_at = case known.state when 'free' then ${SQLITE_NOW} else known.called_at end,
  unknown_since = case known.state when 'free' then null else coalesce(known.unknown_since, ${SQLITE_NOW}) end,
  last_error = case known.state when 'calling' then '${ABANDONED_CALL}' else known.last_error end,
  settles_at = case known.state when 'free' then ${SQLITE_NOW} + ?5 + ?6 else known.settles_at end,
  due_at = ${SQLITE_NOW} + ?5,
  changed_at = ${SQLITE_NOW}
where known.state = 'free' or known.state in ('calling', 'unknown') and known.due_at <= ${SQLITE_NOW}
returning ${claimColumns}`;
}

export function findDueStatement(table: string): string {
  return `select key, state from ${table} where journal = ?1 and ${due} order by due_at limit 1`;
}

/** `?3` is the lease. Somebody else may have taken it since it was found. */
export function takeDueStatement(table: string): string {
  return `update ${table} as known set
  state = 'unknown',
  token = known.token + 1,
  held = 1,
  unknown_since = coalesce(known.unknown_since, ${SQLITE_NOW}),
  last_error = case known.state when 'calling' then '${ABANDONED_CALL}' else known.last_error end,
  due_at = ${SQLITE_NOW} + ?3,
  changed_at = ${SQLITE_NOW}
where journal = ?1 and key = ?2 and ${due}
returning ${claimColumns}`;
}
