import type { SqlExecutor, SqlRow } from '@holdfast/sql';
import type { LaneStats } from '../store/housekeeping-store.ts';
import type { OutboxTables } from './outbox-tables.ts';
import { parseSnapshot } from './snapshot.ts';

/** Counting stops here, so that the cost of a count does not grow with a backlog. */
const COUNT_BOUND = 10_000;

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
  const position = Math.max(Number(row.position), Number(row.floor));
  const ahead = Number(rows[0]?.last) - position;
  const bounded = counted >= COUNT_BOUND;
  return {
    pending: bounded ? Math.max(counted, ahead) : counted,
    pendingIsEstimate: bounded,
    oldestAgeMs: Math.max(0, Math.round(Number(rows[0]?.age_ms ?? 0))),
  };
}

/** Entries after the cursor: what is left of its target in order of position, then what came after, by xid. */
function waitingStatement(tables: OutboxTables, row: SqlRow) {
  const consumed = parseSnapshot(row.consumed as string);
  const seen = parseSnapshot((row.target ?? row.consumed) as string);
  const entries = (where: string) =>
    `(select created_at from ${tables.log} where lane = $1 and position > $2 and ${where} limit $7)`;
  const left =
    row.target === null
      ? ''
      : `${entries('position > $8 and (xid >= $3::xid8 or xid = any($4::xid8[])) and xid < $5::xid8 and xid <> all($6::xid8[])').replace('limit', 'order by position limit')} union all `;
  return {
    text:
      `select count(*) as waiting, extract(epoch from clock_timestamp() - min(created_at))::float8 * 1000 as age_ms, ` +
      `(select last_value from ${tables.sequence}) as last from (${left}${entries('xid >= $5::xid8')} union all ` +
      `${entries('xid = any($6::xid8[])')}) w where $3::xid8 is not null and $4::xid8[] is not null and $8::bigint is not null`,
    values: [
      row.lane,
      row.floor,
      consumed.xmax,
      consumed.running,
      seen.xmax,
      seen.running,
      COUNT_BOUND,
      row.target === null ? 0 : row.position,
    ],
  };
}
