import type { PostgresDatabase, SqlExecutor, TableNames } from '@holdfast/sql';
import { COUNT_BOUND } from '../store/count-bound.ts';
import type { HousekeepingStore, LaneStats, OutboxStats, RotationResult } from '../store/housekeeping-store.ts';
import { insertRows, lockedKeys } from './append-statements.ts';
import { laneStats } from './lane-stats.ts';
import { lockSeed, type OutboxTables, outboxTables } from './outbox-tables.ts';
import { rotateSlot } from './rotate-slot.ts';

/** Delayed messages, retention and figures on PostgreSQL. */
export class PostgresHousekeepingStore implements HousekeepingStore {
  readonly #database: PostgresDatabase;
  readonly #tables: OutboxTables;
  readonly #promote: string;

  constructor(database: PostgresDatabase, names: TableNames) {
    this.#database = database;
    this.#tables = outboxTables(names);
    this.#promote = promoteStatement(this.#tables, lockSeed(names));
  }

  async promoteDelayed(limit: number): Promise<number> {
    const { rowCount } = await this.#database.execute({ text: this.#promote, values: [limit] });
    return rowCount;
  }

  rotate(): Promise<RotationResult> {
    return rotateSlot(this.#database, this.#tables);
  }

  stats(): Promise<OutboxStats> {
    return this.#database.transaction(async (tx) => {
      const { rows } = await tx.execute({
        text: `select * from ${this.#tables.lane} where retired_at is null order by lane`,
        values: [],
      });
      const lanes: LaneStats[] = [];
      for (const row of rows) lanes.push(await laneStats(tx, this.#tables, row));
      return { lanes, delayed: await this.#delayed(tx) };
    });
  }

  async #delayed(tx: SqlExecutor): Promise<number> {
    const { rows } = await tx.execute({
      text: `select count(*) as delayed from (select 1 from ${this.#tables.delayed} limit $1) d`,
      values: [COUNT_BOUND],
    });
    return Number(rows[0]?.delayed);
  }
}

/** Moves due messages into the log under their keys' commit-order locks, in order of their due times. */
function promoteStatement(tables: OutboxTables, seed: number): string {
  return (
    // One at a time: a second one would take later messages, and could commit first.
    `with turn as materialized (select pg_try_advisory_xact_lock(${seed | 0}, 1) as mine), ` +
    `picked as (select number from ${tables.delayed} where (select mine from turn) and due_at <= clock_timestamp() ` +
    'order by due_at, number limit $1 for update skip locked), ' +
    `removed as (delete from ${tables.delayed} d using picked where d.number = picked.number returning d.*), ` +
    'input as materialized (select *, row_number() over (order by due_at, number) as ordinal from removed), ' +
    `${lockedKeys('input', seed)} ${insertRows(tables, 'input')}`
  );
}
