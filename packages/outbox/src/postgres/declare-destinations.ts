import { integerOption, stringOption } from '@holdfast/core';
import type { SqlExecutor } from '@holdfast/sql';
import { LaneChangeRefusedError } from '../errors/lane-change-refused-error.ts';
import type { DestinationDeclaration } from '../store/outbox-store.ts';
import { laneStats } from './lane-stats.ts';
import type { OutboxTables } from './outbox-tables.ts';

/**
 * Brings the destinations to what is declared. Runs in the caller's transaction. A destination that changes its number
 * of lanes gets new lanes; the old ones are retired once they are drained, so no key is in two lanes at once.
 */
export async function declareDestinations(
  tx: SqlExecutor,
  tables: OutboxTables,
  declarations: readonly DestinationDeclaration[],
): Promise<void> {
  // One service at a time declares. Senders go on: a new destination changes nothing for them.
  await tx.execute({ text: `lock table ${tables.destination} in share row exclusive mode`, values: [] });
  const wanted = await differing(tx, tables, declarations);
  if (wanted.some(({ isNew }) => !isNew)) {
    // Waits for every transaction that has sent something, and makes later ones wait: what they read of this table
    // decides the lane.
    // Senders queue behind this request, so it must not wait long for one open transaction.
    await tx.execute({ text: "set local lock_timeout = '2s'", values: [] });
    await tx.execute({ text: `lock table ${tables.destination} in access exclusive mode`, values: [] });
  }
  for (const destination of wanted) {
    await retire(tx, tables, destination);
    await addLanes(tx, tables, destination);
  }
}

interface Wanted {
  readonly name: string;
  readonly lanes: number;
  readonly isNew: boolean;
}

/** Which of them the database does not have yet as declared. */
export async function differing(
  executor: SqlExecutor,
  tables: OutboxTables,
  declarations: readonly DestinationDeclaration[],
): Promise<readonly Wanted[]> {
  const { rows } = await executor.execute({ text: `select name, lanes from ${tables.destination}`, values: [] });
  const known = new Map(rows.map((row) => [row.name as string, Number(row.lanes)]));
  return declarations
    .map(({ name, lanes }) => ({
      name: stringOption('name', name, { maxBytes: 256 }),
      lanes: integerOption('lanes', lanes ?? known.get(name) ?? 1, { min: 1, max: 64 }),
      isNew: !known.has(name),
    }))
    .filter(({ name, lanes }) => known.get(name) !== lanes);
}

async function retire(tx: SqlExecutor, tables: OutboxTables, { name, lanes }: Wanted): Promise<void> {
  const { rows } = await tx.execute({
    text: `select * from ${tables.lane} where destination = $1 and retired_at is null for update`,
    values: [name],
  });
  for (const row of rows) {
    const { pending, parked } = await laneStats(tx, tables, row);
    // Later messages of a parked key would go to a lane that does not know of it, and pass those that are parked.
    if (pending + parked > 0) throw new LaneChangeRefusedError({ destination: name, from: rows.length, to: lanes });
  }
  await tx.execute({
    text: `update ${tables.lane} set retired_at = now() where destination = $1 and retired_at is null`,
    values: [name],
  });
}

async function addLanes(tx: SqlExecutor, tables: OutboxTables, { name, lanes }: Wanted): Promise<void> {
  const { rows } = await tx.execute({ text: `select max(lane) + 1 as first from ${tables.lane}`, values: [] });
  const first = Number(rows[0]?.first ?? 0);
  await tx.execute({
    text: `insert into ${tables.lane} (lane, destination) select n, $2 from generate_series($1::int, $1::int + $3::int - 1) n`,
    values: [first, name, lanes],
  });
  await tx.execute({
    text:
      `insert into ${tables.destination} select $1, $2, $3, coalesce(max(rotation_seconds), 3600) from ${tables.destination} ` +
      'on conflict (name) do update set first_lane = excluded.first_lane, lanes = excluded.lanes',
    values: [name, first, lanes],
  });
}
