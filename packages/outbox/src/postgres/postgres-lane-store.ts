import type { PostgresDatabase, SqlExecutor, SqlResult, TableNames } from '@holdfast/sql';
import { HistoryChangedError } from '../errors/history-changed-error.ts';
import type { Lane, LaneClaim, LaneProgress, LaneStore, SettledProgress } from '../store/lane-store.ts';
import type { LogCursor } from '../store/log-cursor.ts';
import type { LogPage } from '../store/log-page.ts';
import { claimLane } from './claim-lane.ts';
import { entryOf } from './entry-row.ts';
import { type OutboxTables, outboxTables } from './outbox-tables.ts';
import { insertParked } from './park-statement.ts';
import { ReadStatements } from './read-statements.ts';
import { parseSnapshot } from './snapshot.ts';

/** The log on PostgreSQL, read by snapshots. */
export class PostgresLaneStore implements LaneStore {
  readonly #database: PostgresDatabase;
  readonly #tables: OutboxTables;
  readonly #reads: ReadStatements;
  readonly #settle: string;

  constructor(database: PostgresDatabase, names: TableNames) {
    this.#database = database;
    this.#tables = outboxTables(names);
    this.#reads = new ReadStatements(names);
    this.#settle = settleStatement(this.#tables);
  }

  async lanes(): Promise<readonly Lane[]> {
    // A lane that was retired may still get messages of transactions that were open when it was.
    const { rows } = await this.#database.execute({
      text:
        `select lane, destination from ${this.#tables.lane} ` +
        "where retired_at is null or retired_at > now() - interval '1 day' order by lane",
      values: [],
    });
    return rows.map((row) => ({ lane: Number(row.lane), destination: row.destination as string }));
  }

  claim(lane: number, fencingToken: bigint): Promise<LaneClaim | null> {
    return this.#database.transaction((tx) => claimLane(tx, this.#tables, { lane, fencingToken }));
  }

  async read(claim: LaneClaim, cursor: LogCursor, limit: number): Promise<LogPage> {
    if (cursor.target !== null) return this.#readTarget(claim, cursor, limit);
    const result = await this.#database.execute(this.#reads.tail({ lane: claim.lane, cursor, limit }));
    const { snapshot, tooLong } = this.#describe(claim, result);
    if (tooLong) return this.#readTarget(claim, { ...cursor, target: snapshot, position: cursor.floor }, limit);
    return pageOf(result, { cursor, target: snapshot, limit });
  }

  async settle(claim: LaneClaim, progress: LaneProgress): Promise<SettledProgress | null> {
    const { parked } = progress;
    if (parked.length === 0) return this.#moveCursor(this.#database, claim, progress.cursor);
    return this.#database.transaction(async (tx) => {
      const settled = await this.#moveCursor(tx, claim, progress.cursor);
      if (settled !== null) await tx.execute(insertParked(this.#tables, claim.lane, parked));
      return settled;
    });
  }

  async #readTarget(claim: LaneClaim, cursor: LogCursor, limit: number): Promise<LogPage> {
    const target = cursor.target ?? cursor.consumed;
    const result = await this.#database.execute(this.#reads.backlog({ lane: claim.lane, cursor, limit }, target));
    this.#describe(claim, result);
    return pageOf(result, { cursor, target, limit });
  }

  /** Takes the read's first row for what it is, and refuses entries of another history. */
  #describe(claim: LaneClaim, { rows }: SqlResult): { snapshot: string; tooLong: boolean } {
    const first = rows[0];
    if (first === undefined || first.position !== null) throw new TypeError('a read of the log lacks its description');
    if (first.source !== claim.history) throw new HistoryChangedError(claim.history, String(first.source));
    return { snapshot: first.id as string, tooLong: first.type === 'long' };
  }

  async #moveCursor(executor: SqlExecutor, claim: LaneClaim, cursor: LogCursor): Promise<SettledProgress | null> {
    const { xmin } = parseSnapshot(cursor.consumed);
    const values = [claim.lane, claim.fencingToken, cursor.consumed, cursor.target, cursor.position, xmin];
    const { rows } = await executor.execute({ text: this.#settle, values });
    return rows[0] === undefined ? null : { floor: Number(rows[0].floor) };
  }
}

function pageOf(result: SqlResult, read: { cursor: LogCursor; target: string; limit: number }): LogPage {
  const entries = result.rows.slice(1).map(entryOf);
  const within: LogCursor = { ...read.cursor, target: read.target };
  const last = entries.at(-1);
  if (last !== undefined && entries.length >= read.limit) {
    return { entries, within, end: { ...within, position: last.position }, more: true };
  }
  const position = last?.position ?? read.cursor.position;
  const end: LogCursor = { consumed: read.target, target: null, position, floor: read.cursor.floor };
  // The end of a target says nothing about what came after its snapshot.
  return { entries, within, end, more: read.cursor.target !== null };
}

/**
 * Moves the cursor, and the floor behind it. The floor is a position below which nothing can appear any more: the
 * candidate's transaction id T was drawn after its position P had been read; whoever drew a position up to P had its
 * own transaction id before that, so below T; once `consumed` has no running transaction below T, all of them have
 * ended, and what they committed is consumed.
 */
function settleStatement({ lane }: OutboxTables): string {
  const proven = '(candidate_xid is null or candidate_xid <= $6::xid8)';
  return (
    `update ${lane} set consumed = $3, target = $4, position = $5, ` +
    `floor = case when candidate_xid <= $6::xid8 then greatest(floor, candidate_position) else floor end, ` +
    `candidate_xid = case when ${proven} then pg_current_xact_id() else candidate_xid end, ` +
    `candidate_position = case when ${proven} then $5 else candidate_position end ` +
    'where lane = $1 and fencing_token = $2 returning floor'
  );
}
