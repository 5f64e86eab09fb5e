import { integerOption } from '@holdfast/core';
import type { SyncSqlExecutor } from '@holdfast/sql';
import { LaneChangeRefusedError } from '../errors/lane-change-refused-error.ts';
import type { DestinationDeclaration } from '../store/outbox-store.ts';
import { laneStats } from './lane-stats.ts';
import { NOW, type OutboxTables } from './outbox-tables.ts';

/**
 * Brings the destinations to what is declared. Runs in the caller's transaction, so no sender writes meanwhile. A
 * destination that changes its number of lanes gets new ones; numbers of old ones are never used again, because the log
 * still has their entries.
 */
export function declareDestinations(
  tx: SyncSqlExecutor,
  tables: OutboxTables,
  declarations: readonly DestinationDeclaration[],
): void {
  for (const wanted of differing(tx, tables, declarations)) {
    retire(tx, tables, wanted);
    addLanes(tx, tables, wanted);
  }
}

interface Wanted {
  readonly name: string;
  readonly lanes: number;
}

/** Which of them the database does not have yet as declared. */
export function differing(
  executor: SyncSqlExecutor,
  tables: OutboxTables,
  declarations: readonly DestinationDeclaration[],
): readonly Wanted[] {
  const { rows } = executor.executeSync({ text: `select name, lanes from ${tables.destination}`, values: [] });
  const known = new Map(rows.map((row) => [row.name as string, Number(row.lanes)]));
  return declarations
    .map(({ name, lanes }) => ({
      name,
      lanes: integerOption('lanes', lanes ?? known.get(name) ?? 1, { min: 1, max: 64 }),
    }))
    .filter(({ name, lanes }) => known.get(name) !== lanes);
}

/** What is parked counts as well: its key's later messages would go to a lane that does not know of it. */
function retire(tx: SyncSqlExecutor, tables: OutboxTables, { name, lanes }: Wanted): void {
  const { rows } = tx.executeSync({
    text: `select lane, destination, position from ${tables.lane} where destination = ?1 and retired_at is null`,
    values: [name],
  });
  for (const row of rows) {
    const { pending, parked } = laneStats(tx, tables, row);
    if (pending + parked > 0) throw new LaneChangeRefusedError({ destination: name, from: rows.length, to: lanes });
  }
  tx.executeSync({
    text: `update ${tables.lane} set retired_at = ${NOW} where destination = ?1 and retired_at is null`,
    values: [name],
  });
}

function addLanes(tx: SyncSqlExecutor, tables: OutboxTables, { name, lanes }: Wanted): void {
  const { rows } = tx.executeSync({ text: `select max(lane) + 1 as first from ${tables.lane}`, values: [] });
  const first = Number(rows[0]?.first ?? 0);
  for (let lane = first; lane < first + lanes; lane += 1) {
    tx.executeSync({
      text: `insert into ${tables.lane} (lane, destination) values (?1, ?2)`,
      values: [lane, name],
    });
  }
  tx.executeSync({
    text:
      `insert into ${tables.destination} select ?1, ?2, ?3, coalesce(max(rotation_seconds), 3600) ` +
      `from ${tables.destination} where true ` +
      'on conflict (name) do update set first_lane = excluded.first_lane, lanes = excluded.lanes',
    values: [name, first, lanes],
  });
}
