import type { SyncSqlExecutor } from '@holdfast/sql';
import type { LaneClaim } from '../store/lane-store.ts';
import type { LogCursor } from '../store/log-cursor.ts';
import { MAX_PARKED_KEYS } from '../store/max-parked-keys.ts';
import type { OutboxTables } from './outbox-tables.ts';

/** A SQLite file carries its cursors with it, so a restored copy is in step with itself: there is one history. */
const HISTORY = 'file';

/** One writer at a time: positions are given in commit order, and a number says all. */
export function cursorAtPosition(position: number): LogCursor {
  return { consumed: '', target: null, position, floor: position };
}

export interface ClaimedLane {
  readonly claim: LaneClaim;
  /** Grows with every claim and every record of progress. */
  readonly revision: number;
}

/** Takes a lane for a fencing token. Runs in the caller's transaction. */
export function claimLane(
  tx: SyncSqlExecutor,
  tables: OutboxTables,
  request: { readonly lane: number; readonly fencingToken: bigint },
): ClaimedLane | null {
  const { rows } = tx.executeSync({
    text: `update ${tables.lane} set fencing_token = ?2, revision = revision + 1 where lane = ?1 and fencing_token <= ?2 returning position, revision`,
    values: [request.lane, request.fencingToken],
  });
  const [row] = rows;
  if (row === undefined) return null;
  const position = knownPosition(tx, tables, { lane: request.lane, position: Number(row.position) });
  const keys = parkedKeys(tx, tables, request.lane);
  const claim = { ...request, cursor: cursorAtPosition(position), parkedKeys: keys, history: HISTORY };
  return { claim, revision: Number(row.revision) };
}

/**
 * A cursor above every position ever given is not of this log (its table was put back or emptied by hand). Everything
 * that is there is then sent again, rather than skipped until positions have caught up.
 */
function knownPosition(
  tx: SyncSqlExecutor,
  tables: OutboxTables,
  stored: { readonly lane: number; readonly position: number },
): number {
  const { rows } = tx.executeSync({
    text: `select seq from ${tables.sequence} where name = ?1`,
    values: [tables.sequenceName],
  });
  if (stored.position <= Number(rows[0]?.seq ?? 0)) return stored.position;
  tx.executeSync({ text: `update ${tables.lane} set position = 0 where lane = ?1`, values: [stored.lane] });
  return 0;
}

function parkedKeys(tx: SyncSqlExecutor, tables: OutboxTables, lane: number): string[] {
  const { rows } = tx.executeSync({
    text:
      `select distinct key from ${tables.parked} where lane = ?1 and role = 'rejected' and key is not null ` +
      'limit ?2',
    values: [lane, MAX_PARKED_KEYS],
  });
  return rows.map((row) => row.key as string);
}
