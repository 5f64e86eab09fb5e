import type { SqlExecutor, SqlRow } from '@holdfast/sql';
import type { LaneClaim } from '../store/lane-store.ts';
import type { LogCursor } from '../store/log-cursor.ts';
import { MAX_PARKED_KEYS } from '../store/max-parked-keys.ts';
import type { OutboxTables } from './outbox-tables.ts';
import { HISTORY, SERVER_RUN } from './read-statements.ts';
import { isAhead, NOTHING_SEEN, parseSnapshot } from './snapshot.ts';

export interface ClaimRequest {
  readonly lane: number;
  readonly fencingToken: bigint;
  /** Whether the lane's rows carry transaction ids of this server again, see {@link renumberLane}. */
  readonly renumbered: boolean;
}

/**
 * Takes a lane for a fencing token, and brings its cursor into the history that the database is in now.
 * Runs in the caller's transaction; the lane's row stays locked until it ends, so an older holder waits and then fails.
 * `null` when a newer token has the lane; `foreign` when its rows must be renumbered first.
 */
export async function claimLane(
  tx: SqlExecutor,
  tables: OutboxTables,
  request: ClaimRequest,
): Promise<ClaimedLane | 'foreign' | null> {
  const { lane, fencingToken } = request;
  const { rows } = await tx.execute({
    text:
      `update ${tables.lane} set fencing_token = $2, revision = revision + 1 where lane = $1 and fencing_token <= $2 ` +
      'returning consumed, target, position, floor, history, revision',
    values: [lane, fencingToken],
  });
  const [row] = rows;
  if (row === undefined) return null;
  const cursor = cursorOf(row);
  const known = row.history as string | null;
  const now = await presentOf(tx, tables, lane);
  if (!request.renumbered && isForeign(cursor, known, now)) return 'foreign';
  const start = known === now.history && !request.renumbered ? cursor : restarted(cursor, known, now);
  if (known !== now.history || request.renumbered) await restart(tx, tables, { lane, start, history: now.history });
  const history = `${now.history}@${now.run}`;
  const claim = { lane, fencingToken, cursor: start, history, parkedKeys: await parkedKeys(tx, tables, lane) };
  return { claim, revision: Number(row.revision) };
}

export interface ClaimedLane {
  readonly claim: LaneClaim;
  /** Grows with every claim and every record of progress. */
  readonly revision: number;
}

interface Present {
  readonly history: string;
  readonly run: string;
  readonly snapshot: string;
  readonly lastPosition: number;
  /** A row is visible though its transaction id was never given out here: it came with a dump. */
  readonly hasFutureRows: boolean;
}

async function presentOf(tx: SqlExecutor, tables: OutboxTables, lane: number): Promise<Present> {
  const { rows } = await tx.execute({
    text:
      `select ${HISTORY} as history, ${SERVER_RUN} as run, pg_current_snapshot()::text as snapshot, ` +
      `(select last_value from ${tables.sequence}) as last, exists (select 1 from ${tables.log} ` +
      'where lane = $1 and xid >= pg_snapshot_xmax(pg_current_snapshot())) as future',
    values: [lane],
  });
  const row = rows[0] ?? {};
  return {
    history: String(row.history),
    run: String(row.run),
    snapshot: String(row.snapshot),
    lastPosition: Number(row.last),
    hasFutureRows: row.future === true,
  };
}

/** Whether transaction ids of the lane's rows or cursor are another server's, and mean nothing here. */
function isForeign(cursor: LogCursor, known: string | null, now: Present): boolean {
  const isOther = known !== null && systemOf(known) !== systemOf(now.history);
  return isOther || now.hasFutureRows || isVoid(cursor, now.snapshot);
}

/** A lane that was never claimed starts where it is; one of another history at the last position that is safe. */
function restarted(cursor: LogCursor, known: string | null, { lastPosition }: Present): LogCursor {
  if (known === null) return cursor;
  // Positions may have been reset by hand together with the restore; then the old floor means nothing either.
  const floor = lastPosition < cursor.floor ? 0 : cursor.floor;
  return { consumed: NOTHING_SEEN, target: null, position: floor, floor };
}

async function restart(
  tx: SqlExecutor,
  tables: OutboxTables,
  to: { readonly lane: number; readonly start: LogCursor; readonly history: string },
): Promise<void> {
  const { lane, start, history } = to;
  await tx.execute({
    text:
      `update ${tables.lane} set consumed = $2, target = $3, position = $4, floor = $5, history = $6, ` +
      'candidate_xid = null where lane = $1',
    values: [lane, start.consumed, start.target, start.position, start.floor, history],
  });
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
