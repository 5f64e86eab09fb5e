import type { SqliteDatabase, SyncSqlExecutor, TableNames } from '@holdfast/sql';
import { COUNT_BOUND } from '../store/count-bound.ts';
import type { HousekeepingStore, OutboxStats, RotationResult } from '../store/housekeeping-store.ts';
import { AppendStatements } from './append-statements.ts';
import { laneStats } from './lane-stats.ts';
import { NOW, type OutboxTables, outboxTables } from './outbox-tables.ts';
import { recordOf } from './record-row.ts';
import { rotateLog } from './rotate-log.ts';

/** Delayed messages, retention and figures on SQLite. */
export class SqliteHousekeepingStore implements HousekeepingStore {
  readonly #database: SqliteDatabase;
  readonly #tables: OutboxTables;
  readonly #append: AppendStatements;

  constructor(database: SqliteDatabase, names: TableNames) {
    this.#database = database;
    this.#tables = outboxTables(names);
    this.#append = new AppendStatements(names);
  }

  async promoteDelayed(limit: number): Promise<number> {
    // Most calls find nothing; they take no write lock.
    if (this.#due(this.#database, 1).length === 0) return 0;
    return this.#database.transaction((tx) => {
      const due = this.#due(tx, limit);
      for (const statement of this.#append.for(due.map(recordOf))) tx.executeSync(statement);
      for (const { number } of due) {
        tx.executeSync({ text: `delete from ${this.#tables.delayed} where number = ?1`, values: [number] });
      }
      return due.length;
    });
  }

  rotate(): Promise<RotationResult> {
    return rotateLog(this.#database, this.#tables);
  }

  /** Takes no write lock, so figures of different lanes may differ by what was written in between. */
  async stats(): Promise<OutboxStats> {
    const { rows } = this.#database.executeSync({
      text: `select lane, destination, position from ${this.#tables.lane} where retired_at is null order by lane`,
      values: [],
    });
    const lanes = rows.map((row) => laneStats(this.#database, this.#tables, row));
    return { lanes, delayed: this.#delayed(this.#database) };
  }

  #due(executor: SyncSqlExecutor, limit: number) {
    return executor.executeSync({
      text: `select * from ${this.#tables.delayed} where due_at <= ${NOW} order by due_at, number limit ?1`,
      values: [limit],
    }).rows;
  }

  #delayed(tx: SyncSqlExecutor): number {
    const { rows } = tx.executeSync({
      text: `select count(*) as delayed from (select 1 from ${this.#tables.delayed} limit ?1)`,
      values: [COUNT_BOUND],
    });
    return Number(rows[0]?.delayed);
  }
}
