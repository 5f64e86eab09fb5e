import type { PostgresDatabase } from '@holdfast/sql';
import type { OutboxTables } from './outbox-tables.ts';

/** Positions of one step: small enough for any statement timeout. */
const SPAN = 20_000;

/**
 * Gives every row of a lane a transaction id of this server. Rows that came with a dump carry those of another one,
 * which a snapshot of this one cannot judge. Step by step; `false` when a newer token has claimed the lane meanwhile.
 */
export async function renumberLane(
  database: PostgresDatabase,
  tables: OutboxTables,
  claim: { readonly lane: number; readonly fencingToken: bigint },
): Promise<boolean> {
  const { rows } = await database.execute({
    text: `select min(position) as first, max(position) as last from ${tables.log} where lane = $1`,
    values: [claim.lane],
  });
  const last = Number(rows[0]?.last ?? 0);
  for (let from = Number(rows[0]?.first ?? 1); from <= last; from += SPAN) {
    if (!(await renumberSpan(database, tables, { ...claim, from }))) return false;
  }
  return true;
}

function renumberSpan(
  database: PostgresDatabase,
  tables: OutboxTables,
  step: { readonly lane: number; readonly fencingToken: bigint; readonly from: number },
): Promise<boolean> {
  return database.transaction(async (tx) => {
    const { rows } = await tx.execute({
      text: `select 1 from ${tables.lane} where lane = $1 and fencing_token = $2 for update`,
      values: [step.lane, step.fencingToken],
    });
    if (rows.length === 0) return false;
    await tx.execute({
      text:
        `update ${tables.log} set xid = pg_current_xact_id() ` +
        'where lane = $1 and position >= $2 and position < $2::bigint + $3',
      values: [step.lane, step.from, SPAN],
    });
    return true;
  });
}
