import type { PostgresDatabase, SqlExecutor, SqlRow, TableNames } from '@holdfast/sql';
import { HistoryChangedError } from '../errors/history-changed-error.ts';
import { entryOf } from '../rows/entry-row.ts';
import type { Lane, LaneClaim, LaneProgress, LaneStore, SettledProgress } from '../store/lane-store.ts';
import type { LogCursor } from '../store/log-cursor.ts';
import type { LogEntry, LogPage } from '../store/log-page.ts';
import { type ClaimRequest, claimLane } from './claim-lane.ts';
import { type OutboxTables, outboxTables } from './outbox-tables.ts';
import { insertParked } from './park-statement.ts';
import { ReadStatements, SERVER_RUN } from './read-statements.ts';
import { renumberLane } from './renumber-lane.ts';
import { parseSnapshot } from './snapshot.ts';

/** Most positions that one read of a backlog looks at. */
const MAX_SPAN = 1_000_000;

/** The log on PostgreSQL, read by snapshots. */
export class PostgresLaneStore implements LaneStore {
  readonly #database: PostgresDatabase;
  readonly #tables: OutboxTables;
  readonly #reads: ReadStatements;
  readonly #settle: string;
  /** How many positions the next read of a lane's backlog spans. */
  readonly #spans = new Map<number, number>();
  /** The newest revision that each claim has recorded: a lower one in the database means that data was put back. */
  readonly #revisions = new WeakMap<LaneClaim, number>();

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

  async claim(lane: number, fencingToken: bigint): Promise<LaneClaim | null> {
    const claimed = await this.#claim({ lane, fencingToken, renumbered: false });
    if (claimed !== 'foreign') return claimed;
    if (!(await renumberLane(this.#database, this.#tables, { lane, fencingToken }))) return null;
    const again = await this.#claim({ lane, fencingToken, renumbered: true });
    return again === 'foreign' ? null : again;
  }

  async read(claim: LaneClaim, cursor: LogCursor, limit: number): Promise<LogPage> {
    if (cursor.target !== null) return this.#readTarget(claim, cursor, { target: cursor.target, limit });
    const revision = this.#revisions.get(claim) ?? 0;
    const { rows } = await this.#database.execute(this.#reads.tail({ lane: claim.lane, cursor, limit }));
    const { snapshot, tooLong } = describe(claim, rows[0], revision);
    if (tooLong) return this.#readTarget(claim, { ...cursor, position: cursor.floor }, { target: snapshot, limit });
    const entries = rows.slice(1).map(entryOf);
    return tailPage(entries, cursor, { target: snapshot, limit });
  }

  async settle(claim: LaneClaim, progress: LaneProgress): Promise<SettledProgress | null> {
    const { parked, cursor } = progress;
    const settled =
      parked.length === 0
        ? await this.#moveCursor(this.#database, claim, cursor)
        : await this.#database.transaction(async (tx) => {
            const moved = await this.#moveCursor(tx, claim, cursor);
            if (moved !== null) await tx.execute(insertParked(this.#tables, claim.lane, parked));
            return moved;
          });
    if (settled === null) return null;
    // Only now is it certain.
    this.#revisions.set(claim, settled.revision);
    return { floor: settled.floor };
  }

  async #claim(request: ClaimRequest): Promise<LaneClaim | 'foreign' | null> {
    const claimed = await this.#database.transaction((tx) => claimLane(tx, this.#tables, request));
    if (claimed === null || claimed === 'foreign') return claimed;
    this.#revisions.set(claimed.claim, claimed.revision);
    return claimed.claim;
  }

  async #readTarget(claim: LaneClaim, cursor: LogCursor, read: TargetRead): Promise<LogPage> {
    const from = Math.max(cursor.position, cursor.floor);
    const span = Math.max(read.limit, this.#spans.get(claim.lane) ?? 0);
    const bound = { target: read.target, until: from + span };
    const revision = this.#revisions.get(claim) ?? 0;
    const { rows } = await this.#database.execute(
      this.#reads.backlog({ lane: claim.lane, cursor, limit: read.limit }, bound),
    );
    const { last } = describe(claim, rows[0], revision);
    const entries = rows.slice(1).map(entryOf);
    // Where few of the positions belong to this read, the next one spans more of them.
    this.#spans.set(claim.lane, entries.length < read.limit / 2 ? Math.min(2 * span, MAX_SPAN) : read.limit);
    return targetPage(entries, cursor, { ...read, until: bound.until, last });
  }

  async #moveCursor(executor: SqlExecutor, claim: LaneClaim, cursor: LogCursor): Promise<MovedCursor | null> {
    const { xmin } = parseSnapshot(cursor.consumed);
    const { lane, fencingToken, history } = claim;
    const [stored, run] = history.split('@');
    const revision = this.#revisions.get(claim) ?? null;
    const position = [cursor.consumed, cursor.target, cursor.position, xmin];
    const values = [lane, fencingToken, ...position, stored, run, revision];
    const { rows } = await executor.execute({ text: this.#settle, values });
    const [row] = rows;
    return row === undefined ? null : { floor: Number(row.floor), revision: Number(row.revision) };
  }
}

interface MovedCursor {
  readonly floor: number;
  readonly revision: number;
}

interface ReadDescription {
  readonly snapshot: string;
  readonly tooLong: boolean;
  readonly last: number;
}

interface TargetRead {
  readonly target: string;
  readonly limit: number;
}

/** What the first row of a read says. Refuses what comes from another history. */
function describe(claim: LaneClaim, first: SqlRow | undefined, revision: number): ReadDescription {
  if (first === undefined || first.position !== null) throw new TypeError('a read of the log lacks its description');
  if (first.source !== claim.history) throw new HistoryChangedError(claim.history, String(first.source));
  if (Number(first.attributes) < revision) throw new HistoryChangedError(claim.history, 'an earlier state');
  if (first.type === 'foreign') throw new HistoryChangedError(claim.history, 'rows of another server');
  return { snapshot: first.id as string, tooLong: first.type === 'long', last: Number(first.key) };
}

/** A tail is sorted whole: all of the snapshot's entries were there unless the limit was reached. */
function tailPage(entries: readonly LogEntry[], cursor: LogCursor, { target, limit }: TargetRead): LogPage {
  const within: LogCursor = { ...cursor, target };
  // Nothing new: the cursor stays where it was recorded, so that memory is never ahead of the database for long.
  const position = entries.at(-1)?.position;
  if (position === undefined) return { entries, within, end: cursor, more: false };
  if (entries.length >= limit) return { entries, within, end: { ...within, position }, more: true };
  return { entries, within, end: { ...cursor, consumed: target, target: null, position }, more: false };
}

/** A target is read span by span, until no position above the span can belong to it. */
function targetPage(
  entries: readonly LogEntry[],
  cursor: LogCursor,
  read: TargetRead & { readonly until: number; readonly last: number },
): LogPage {
  const { target, limit, until, last } = read;
  const within: LogCursor = { ...cursor, target };
  const full = entries.length >= limit;
  const position = full ? (entries.at(-1)?.position ?? until) : until;
  if (full || until < last) return { entries, within, end: { ...within, position }, more: true };
  // What came after the target's snapshot is still to be read.
  const end = { ...cursor, consumed: target, target: null, position: entries.at(-1)?.position ?? cursor.position };
  return { entries, within, end, more: true };
}

/**
 * Moves the cursor, and the floor behind it. The floor is a position below which nothing can appear any more: the
 * candidate's transaction id T was drawn after its position P had been read; whoever drew a position up to P had its
 * own transaction id before that, so below T; once `consumed` has no running transaction below T, all of them have
 * ended, and what they committed is consumed. A cursor of another history, or one whose last record
 * is not there any more, is refused like an older token: its ids mean nothing here.
 */
function settleStatement({ lane }: OutboxTables): string {
  const proven = '(candidate_xid is null or candidate_xid <= $6::xid8)';
  return (
    `update ${lane} set revision = revision + 1, consumed = $3, target = $4, position = $5, ` +
    `floor = case when candidate_xid <= $6::xid8 then greatest(floor, candidate_position) else floor end, ` +
    `candidate_xid = case when ${proven} then pg_current_xact_id() else candidate_xid end, ` +
    `candidate_position = case when ${proven} then $5 else candidate_position end ` +
    `where lane = $1 and fencing_token = $2 and history = $7 and ${SERVER_RUN} = $8 ` +
    'and ($9::bigint is null or revision = $9) returning floor, revision'
  );
}
