import type { SqlExecutor, SqlRow } from '@holdfast/sql';
import type { LaneClaim } from '../store/lane-store.ts';
import type { LogCursor } from '../store/log-cursor.ts';
import type { OutboxTables } from './outbox-tables.ts';
import { HISTORY } from './read-statements.ts';
import { isAhead, NOTHING_SEEN, parseSnapshot } from './snapshot.ts';

/** More parked keys than this are not held in memory; the relay then refuses to park further ones. */
export const MAX_PARKED_KEYS = 100_000;

/**
 * Takes a lane for a fencing token, and brings its cursor into the history that the database is in now.
 * Runs in the caller's transaction; the lane's row stays locked until it ends, so an older holder waits and then fails.
 */
export async function claimLane(
  tx: SqlExecutor,
  tables: OutboxTables,
  request: { readonly lane: number; readonly fencingToken: bigint },
): Promise<LaneClaim | null> {
  const { rows } = await tx.execute({
    text:
      `update ${tables.lane} set fencing_token = $2 where lane = $1 and fencing_token <= $2 ` +
      'returning consumed, target, position, floor, history',
    values: [request.lane, request.fencingToken],
  });
  const [row] = rows;
  if (row === undefined) return null;
  const { cursor, history } = await inThisHistory(tx, tables, { lane: request.lane, row });
  return { ...request, cursor, history, parkedKeys: await parkedKeys(tx, tables, request.lane) };
}

async function inThisHistory(
  tx: SqlExecutor,
  tables: OutboxTables,
  stored: { readonly lane: number; readonly row: SqlRow },
): Promise<{ cursor: LogCursor; history: string }> {
  const { rows } = await tx.execute({
    text: `select ${HISTORY} as history, pg_current_snapshot()::text as snapshot, (select last_value from ${tables.sequence}) as last`,
    values: [],
  });
  const now = rows[0] ?? {};
  const history = String(now.history);
  const cursor = cursorOf(stored.row);
  const known = stored.row.history as string | null;
  if (known === history && !isVoid(cursor, String(now.snapshot))) return { cursor, history };

  const lost = known !== null && (systemOf(known) !== systemOf(history) || isVoid(cursor, String(now.snapshot)));
  // Positions may have been reset by hand together with the restore; then the old floor means nothing either.
  const floor = Number(now.last) < cursor.floor ? 0 : cursor.floor;
  const start = known === null ? cursor : { consumed: NOTHING_SEEN, target: null, position: floor, floor };
  if (lost) await renumber(tx, tables, stored.lane);
  await tx.execute({
    text:
      `update ${tables.lane} set consumed = $2, target = $3, position = $4, floor = $5, history = $6, ` +
      'candidate_xid = null where lane = $1',
    values: [stored.lane, start.consumed, start.target, start.position, start.floor, history],
  });
  return { cursor: start, history };
}

/** Rows that came with a dump carry transaction ids of another server, which a cursor of this one must not compare. */
async function renumber(tx: SqlExecutor, tables: OutboxTables, lane: number): Promise<void> {
  await tx.execute({ text: `update ${tables.log} set xid = pg_current_xact_id() where lane = $1`, values: [lane] });
}

function cursorOf(row: SqlRow): LogCursor {
  return {
    consumed: row.consumed as string,
    target: row.target as string | null,
    position: Number(row.position),
    floor: Number(row.floor),
  };
}

function isVoid(cursor: LogCursor, snapshot: string): boolean {
  const now = parseSnapshot(snapshot);
  const target = cursor.target ?? cursor.consumed;
  return isAhead(parseSnapshot(cursor.consumed), now) || isAhead(parseSnapshot(target), now);
}

function systemOf(history: string): string {
  return history.split('/')[0] ?? '';
}

async function parkedKeys(tx: SqlExecutor, tables: OutboxTables, lane: number): Promise<string[]> {
  const { rows } = await tx.execute({
    text: `select distinct key from ${tables.parked} where lane = $1 and role = 'rejected' and key is not null limit $2`,
    values: [lane, MAX_PARKED_KEYS],
  });
  return rows.map((row) => row.key as string);
}
