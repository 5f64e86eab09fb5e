import type { SqliteDatabase, SyncSqlExecutor, TableNames } from '@holdfast/sql';
import type { Lane, LaneClaim, LaneProgress, LaneStore, SettledProgress } from '../store/lane-store.ts';
import type { LogCursor } from '../store/log-cursor.ts';
import type { LogPage } from '../store/log-page.ts';
import { claimLane, cursorAtPosition } from './claim-lane.ts';
import { ENTRY_COLUMNS, entryOf } from './entry-row.ts';
import { type OutboxTables, outboxTables } from './outbox-tables.ts';
import { insertParked } from './park-statement.ts';

/** The log on SQLite, read by position. */
export class SqliteLaneStore implements LaneStore {
  readonly #database: SqliteDatabase;
  readonly #tables: OutboxTables;
  readonly #read: string;
  readonly #settle: string;

  constructor(database: SqliteDatabase, names: TableNames) {
    const tables = outboxTables(names);
    this.#database = database;
    this.#tables = tables;
    this.#read = `select ${ENTRY_COLUMNS} from ${tables.log} where lane = ?1 and position > ?2 order by position limit ?3`;
    this.#settle = `update ${tables.lane} set position = ?3 where lane = ?1 and fencing_token = ?2`;
  }

  async lanes(): Promise<readonly Lane[]> {
    const { rows } = this.#database.executeSync({
      text: `select lane, destination from ${this.#tables.lane} where retired_at is null order by lane`,
      values: [],
    });
    return rows.map((row) => ({ lane: Number(row.lane), destination: row.destination as string }));
  }

  async claim(lane: number, fencingToken: bigint): Promise<LaneClaim | null> {
    return this.#database.transaction((tx) => claimLane(tx, this.#tables, { lane, fencingToken }));
  }

  async read(claim: LaneClaim, cursor: LogCursor, limit: number): Promise<LogPage> {
    const { rows } = this.#database.executeSync({ text: this.#read, values: [claim.lane, cursor.position, limit] });
    const entries = rows.map(entryOf);
    const last = entries.at(-1);
    const end = last === undefined ? cursor : cursorAtPosition(last.position);
    return { entries, within: cursor, end, more: entries.length >= limit };
  }

  async settle(claim: LaneClaim, { cursor, parked }: LaneProgress): Promise<SettledProgress | null> {
    const settled =
      parked.length === 0
        ? this.#moveCursor(this.#database, claim, cursor)
        : this.#database.transaction((tx) => this.#moveAndPark(tx, claim, { cursor, parked }));
    return settled ? { floor: cursor.position } : null;
  }

  #moveAndPark(tx: SyncSqlExecutor, claim: LaneClaim, { cursor, parked }: LaneProgress): boolean {
    if (!this.#moveCursor(tx, claim, cursor)) return false;
    for (const entry of parked) tx.executeSync(insertParked(this.#tables, claim.lane, entry));
    return true;
  }

  #moveCursor(executor: SyncSqlExecutor, { lane, fencingToken }: LaneClaim, { position }: LogCursor): boolean {
    return executor.executeSync({ text: this.#settle, values: [lane, fencingToken, position] }).rowCount > 0;
  }
}
