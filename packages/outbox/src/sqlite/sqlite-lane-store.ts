import type { SqliteDatabase, SyncSqlExecutor, TableNames } from '@holdfast/sql';
import { HistoryChangedError } from '../errors/history-changed-error.ts';
import { ENTRY_COLUMNS, entryOf } from '../rows/entry-row.ts';
import type { Lane, LaneClaim, LaneProgress, LaneStore, SettledProgress } from '../store/lane-store.ts';
import type { LogCursor } from '../store/log-cursor.ts';
import type { LogPage } from '../store/log-page.ts';
import { claimLane, cursorAtPosition } from './claim-lane.ts';
import { type OutboxTables, outboxTables } from './outbox-tables.ts';
import { insertParked } from './park-statement.ts';

/** The log on SQLite, read by position. */
export class SqliteLaneStore implements LaneStore {
  readonly #database: SqliteDatabase;
  readonly #tables: OutboxTables;
  readonly #read: string;
  readonly #settle: string;
  readonly #state: string;
  /** The newest revision that each claim has recorded: a lower one in the file means that data was put back. */
  readonly #revisions = new WeakMap<LaneClaim, number>();

  constructor(database: SqliteDatabase, names: TableNames) {
    const tables = outboxTables(names);
    this.#database = database;
    this.#tables = tables;
    this.#read = `select ${ENTRY_COLUMNS} from ${tables.log} where lane = ?1 and position > ?2 order by position limit ?3`;
    this.#settle = `update ${tables.lane} set position = ?3, revision = revision + 1 where lane = ?1 and fencing_token = ?2 and revision = ?4 returning revision`;
    this.#state =
      `select l.revision, coalesce((select seq from ${tables.sequence} where name = ?2), 0) as seq ` +
      `from ${tables.lane} l where l.lane = ?1`;
  }

  async lanes(): Promise<readonly Lane[]> {
    const { rows } = this.#database.executeSync({
      text: `select lane, destination from ${this.#tables.lane} where retired_at is null order by lane`,
      values: [],
    });
    return rows.map((row) => ({ lane: Number(row.lane), destination: row.destination as string }));
  }

  async claim(lane: number, fencingToken: bigint): Promise<LaneClaim | null> {
    const claimed = this.#database.transaction((tx) => claimLane(tx, this.#tables, { lane, fencingToken }));
    if (claimed === null) return null;
    this.#revisions.set(claimed.claim, claimed.revision);
    return claimed.claim;
  }

  async read(claim: LaneClaim, cursor: LogCursor, limit: number): Promise<LogPage> {
    this.#assertSameState(claim, cursor);
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
    if (settled === null) return null;
    // Only now is it certain.
    this.#revisions.set(claim, settled);
    return { floor: cursor.position };
  }

  #moveAndPark(tx: SyncSqlExecutor, claim: LaneClaim, { cursor, parked }: LaneProgress): number | null {
    const revision = this.#moveCursor(tx, claim, cursor);
    if (revision === null) return null;
    for (const entry of parked) tx.executeSync(insertParked(this.#tables, claim.lane, entry));
    return revision;
  }

  /** Returns the new revision. */
  #moveCursor(executor: SyncSqlExecutor, claim: LaneClaim, { position }: LogCursor): number | null {
    const { lane, fencingToken } = claim;
    const values = [lane, fencingToken, position, this.#revisions.get(claim) ?? null];
    const [row] = executor.executeSync({ text: this.#settle, values }).rows;
    return row === undefined ? null : Number(row.revision);
  }

  /** Refuses to read on when the file was put back under the claim: positions would be given a second time. */
  #assertSameState(claim: LaneClaim, cursor: LogCursor): void {
    const { rows } = this.#database.executeSync({ text: this.#state, values: [claim.lane, this.#tables.sequenceName] });
    const revision = this.#revisions.get(claim) ?? 0;
    const [row] = rows;
    if (row !== undefined && Number(row.revision) >= revision && Number(row.seq) >= cursor.position) return;
    throw new HistoryChangedError(claim.history, 'an earlier state');
  }
}
