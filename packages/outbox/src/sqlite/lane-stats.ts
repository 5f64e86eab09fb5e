import type { SqlRow, SyncSqlExecutor } from '@holdfast/sql';
import { COUNT_BOUND } from '../store/count-bound.ts';
import type { LaneStats } from '../store/housekeeping-store.ts';
import { NOW, type OutboxTables } from './outbox-tables.ts';

/** What waits in a lane, from the row of the lane. */
export function laneStats(tx: SyncSqlExecutor, tables: OutboxTables, row: SqlRow): LaneStats {
  return {
    lane: Number(row.lane),
    destination: row.destination as string,
    ...countWaiting(tx, tables, row),
    ...countParked(tx, tables, row),
  };
}

function countWaiting(tx: SyncSqlExecutor, tables: OutboxTables, row: SqlRow) {
  const { rows } = tx.executeSync({
    text:
      `select (select count(*) from (select 1 from ${tables.log} where lane = ?1 and position > ?2 limit ?3)) as waiting, ` +
      `(select ${NOW} - created_at from ${tables.log} where lane = ?1 and position > ?2 order by position limit 1) ` +
      `as age_ms, (select seq from ${tables.sequence} where name = ?4) as last`,
    values: [row.lane, row.position, COUNT_BOUND, tables.sequenceName],
  });
  const counted = Number(rows[0]?.waiting);
  const pendingIsEstimate = counted >= COUNT_BOUND;
  const ahead = Number(rows[0]?.last ?? 0) - Number(row.position);
  return {
    pending: pendingIsEstimate ? Math.max(counted, ahead) : counted,
    pendingIsEstimate,
    oldestAgeMs: Math.max(0, Number(rows[0]?.age_ms ?? 0)),
  };
}

function countParked(tx: SyncSqlExecutor, tables: OutboxTables, row: SqlRow) {
  const { rows } = tx.executeSync({
    text:
      "select count(*) as parked, count(distinct key) filter (where role = 'rejected') as blocked " +
      `from (select key, role from ${tables.parked} where lane = ?1 limit ?2)`,
    values: [row.lane, COUNT_BOUND],
  });
  return { parked: Number(rows[0]?.parked), blockedKeys: Number(rows[0]?.blocked) };
}
