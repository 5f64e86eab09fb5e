import type { PostgresDatabase, SqlExecutor, SqlRow } from '@holdfast/sql';
import type { RotationResult } from '../store/housekeeping-store.ts';
import type { OutboxTables } from './outbox-tables.ts';
import { HISTORY } from './read-statements.ts';
import { parseSnapshot } from './snapshot.ts';

const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Truncates the partition that is to be written next, when every entry in it has been relayed. A transaction that
 * still writes to it holds a lock on it, so it is waited for; one that has not written yet finds an empty partition.
 */
export async function rotateSlot(database: PostgresDatabase, tables: OutboxTables): Promise<RotationResult> {
  const slot = await nextSlot(database, tables);
  const table = tables.slots[slot] ?? tables.slots[0];
  // Looked at without a lock first: the exclusive lock is only asked for when there is something to free.
  if (!(await hasEntries(database, table))) return { freed: false, reason: 'nothing' };
  if (await hasWaiting(database, tables, table)) return { freed: false, reason: 'waiting' };
  try {
    return await database.transaction(async (tx) => {
      await tx.execute({ text: "set local lock_timeout = '50ms'", values: [] });
      await tx.execute({ text: `lock table ${table} in access exclusive mode`, values: [] });
      if (await hasWaiting(tx, tables, table)) return { freed: false, reason: 'waiting' };
      await tx.execute({ text: `truncate ${table}`, values: [] });
      return { freed: true, reason: 'freed' };
    });
  } catch (error) {
    if ((error as { code?: unknown }).code === LOCK_NOT_AVAILABLE) return { freed: false, reason: 'locked' };
    throw error;
  }
}

async function nextSlot(executor: SqlExecutor, tables: OutboxTables): Promise<number> {
  const { rows } = await executor.execute({
    text: `select (extract(epoch from now())::bigint / max(rotation_seconds) + 1) % 3 as slot from ${tables.destination}`,
    values: [],
  });
  return Number(rows[0]?.slot);
}

async function hasEntries(executor: SqlExecutor, table: string): Promise<boolean> {
  const { rows } = await executor.execute({ text: `select 1 from ${table} limit 1`, values: [] });
  return rows.length > 0;
}

/** Whether an entry of any lane has not been dealt with, by the cursors that are recorded. */
async function hasWaiting(executor: SqlExecutor, tables: OutboxTables, table: string): Promise<boolean> {
  // A lane that no relay has claimed since the database was restored has a cursor that says nothing about its entries.
  // Those retired for long are never claimed again, and got no entries since.
  const isVoid = `history <> ${HISTORY} and (retired_at is null or retired_at > now() - interval '1 day')`;
  const lanes = await executor.execute({ text: `select *, ${isVoid} as is_void from ${tables.lane}`, values: [] });
  for (const row of lanes.rows) {
    if (await (row.is_void === true ? laneHasEntries(executor, table, row) : laneWaits(executor, table, row)))
      return true;
  }
  return false;
}

async function laneHasEntries(executor: SqlExecutor, table: string, row: SqlRow): Promise<boolean> {
  const { rows } = await executor.execute({
    text: `select 1 from ${table} where lane = $1 limit 1`,
    values: [row.lane],
  });
  return rows.length > 0;
}

async function laneWaits(executor: SqlExecutor, table: string, row: SqlRow): Promise<boolean> {
  const { xmax, running } = parseSnapshot(row.consumed as string);
  const inTarget = 'pg_visible_in_snapshot(xid, $5::pg_snapshot) and position <= $6';
  // "+ 0": by xid, where nothing is left to look at, and never by position, where everything is.
  const waiting = (xids: string) =>
    `(select 1 from ${table} where lane = $1 and position + 0 > $2 and ${xids}` +
    `${row.target === null ? '' : ` and not (${inTarget})`} limit 1)`;
  const { rows } = await executor.execute({
    text: `${waiting('xid >= $3::xid8')} union all ${waiting('xid = any($4::xid8[])')}`,
    values: [row.lane, row.floor, xmax, running, ...(row.target === null ? [] : [row.target, row.position])],
  });
  return rows.length > 0;
}
