import type { SqlExecutor, SqlRow, SqlStatement } from '@holdfast/sql';
import { COUNT_BOUND } from '../store/count-bound.ts';
import type { LaneStats } from '../store/housekeeping-store.ts';
import type { OutboxTables } from './outbox-tables.ts';
import { parseSnapshot } from './snapshot.ts';

/** Positions of a backlog that are looked at: without a bound the planner may sort all of it to find the first. */
const COUNT_SPAN = 10 * COUNT_BOUND;

/** What waits in a lane, from the row of the lane. Reads at most {@link COUNT_BOUND} entries of each part of the log. */
export async function laneStats(tx: SqlExecutor, tables: OutboxTables, row: SqlRow): Promise<LaneStats> {
  const waiting = await countWaiting(tx, tables, row);
  const { rows } = await tx.execute({
    text:
      "select count(*) as parked, count(distinct key) filter (where role = 'rejected') as blocked " +
      `from (select key, role from ${tables.parked} where lane = $1 limit $2) p`,
    values: [row.lane, COUNT_BOUND],
  });
  return {
    lane: Number(row.lane),
    destination: row.destination as string,
    ...waiting,
    parked: Number(rows[0]?.parked),
    blockedKeys: Number(rows[0]?.blocked),
  };
}

async function countWaiting(tx: SqlExecutor, tables: OutboxTables, row: SqlRow) {
  const { rows } = await tx.execute(waitingStatement(tables, row));
  const counted = Number(rows[0]?.waiting);
  const ahead = Number(rows[0]?.last) - positionOf(row);
  const bounded = counted >= COUNT_BOUND || (row.target !== null && ahead > COUNT_SPAN);
  return {
    pending: bounded ? Math.max(counted, ahead) : counted,
    pendingIsEstimate: bounded,
    oldestAgeMs: Math.max(0, Math.round(Number(rows[0]?.age_ms ?? 0))),
  };
}

function positionOf(row: SqlRow): number {
  return Math.max(Number(row.position), Number(row.floor));
}

/** Entries after the cursor: what is left of its target in order of position, then what came after, by xid. */
function waitingStatement(tables: OutboxTables, row: SqlRow): SqlStatement {
  const { xmax, running } = parseSnapshot((row.target ?? row.consumed) as string);
  const entries = `select created_at from ${tables.log} where lane = $1`;
  const later = (xids: string) => `(${entries} and position + 0 > $2 and ${xids} limit $3)`;
  const left =
    `(${entries} and position > $6 and position <= $9 and not pg_visible_in_snapshot(xid, $7::pg_snapshot) ` +
    'and pg_visible_in_snapshot(xid, $8::pg_snapshot) order by position limit $3) union all ';
  const inTarget = [positionOf(row), row.consumed, row.target, positionOf(row) + COUNT_SPAN];
  return {
    text:
      'select count(*) as waiting, extract(epoch from clock_timestamp() - min(created_at))::float8 * 1000 as age_ms, ' +
      `(select last_value from ${tables.sequence}) as last from (${row.target === null ? '' : left}` +
      `${later('xid >= $4::xid8')} union all ${later('xid = any($5::xid8[])')}) w`,
    values: [row.lane, row.floor, COUNT_BOUND, xmax, running, ...(row.target === null ? [] : inTarget)],
  };
}
