import { HistoryChangedError } from '../../errors/history-changed-error.ts';
import type { Lane, LaneClaim, LaneProgress, LaneStore, SettledProgress } from '../../store/lane-store.ts';
import type { LogCursor } from '../../store/log-cursor.ts';
import type { LogPage } from '../../store/log-page.ts';
import type { ParkedEntry, ParkedRole } from '../../store/parked-message.ts';
import { floorOf, indexAfterCommit, isDealtWith } from './memory-cursor.ts';
import { type MemoryDatabase, NOTHING_SEEN, type StoredLane } from './memory-database.ts';

/** The log in memory, read by commit numbers as PostgreSQL's is by snapshots. */
export class MemoryLaneStore implements LaneStore {
  readonly #database: MemoryDatabase;

  constructor(database: MemoryDatabase) {
    this.#database = database;
  }

  async lanes(): Promise<readonly Lane[]> {
    return this.#database.lanes.filter((lane) => !lane.retired).map(({ lane, destination }) => ({ lane, destination }));
  }

  async claim(number: number, fencingToken: bigint): Promise<LaneClaim | null> {
    const lane = this.#database.lanes[number];
    if (lane === undefined || lane.fencingToken > fencingToken) return null;
    const { history, parked } = this.#database;
    if (lane.history !== null && lane.history !== history) {
      const { floor } = lane.cursor;
      lane.cursor = { ...NOTHING_SEEN, position: floor, floor };
    }
    lane.history = history;
    lane.fencingToken = fencingToken;
    const keys = parked
      .filter((one) => one.lane === number && one.role === 'rejected')
      .map(({ entry }) => entry.envelope.key);
    const parkedKeys = [...new Set(keys)].filter((key) => key !== null);
    return { lane: number, fencingToken, cursor: lane.cursor, parkedKeys, history };
  }

  async read(claim: LaneClaim, cursor: LogCursor, limit: number): Promise<LogPage> {
    const { history } = this.#database;
    if (claim.history !== history) throw new HistoryChangedError(claim.history, history);
    const lane = this.#database.lane(claim.lane);
    const target = cursor.target === null ? this.#nextTarget(lane, cursor, limit) : Number(cursor.target);
    const within: LogCursor = { ...cursor, target: String(target) };
    const from = cursor.target === null ? { ...cursor, position: 0 } : cursor;
    const entries = this.#waiting(lane, from, target).slice(0, limit);
    const last = entries.at(-1);
    if (last !== undefined && entries.length >= limit) {
      return { entries, within, end: { ...within, position: last.position }, more: true };
    }
    const end: LogCursor = {
      consumed: String(target),
      target: null,
      position: last?.position ?? cursor.position,
      floor: cursor.floor,
    };
    return { entries, within, end, more: cursor.target !== null || (lane.entries.at(-1)?.commit ?? 0) > target };
  }

  async settle(claim: LaneClaim, { cursor, parked }: LaneProgress): Promise<SettledProgress | null> {
    const lane = this.#database.lane(claim.lane);
    if (lane.fencingToken !== claim.fencingToken) return null;
    for (const { role } of parked) assertRole(role);
    const floor = floorOf(this.#database, lane, cursor);
    lane.cursor = { ...cursor, floor };
    for (const one of parked) this.#park(claim.lane, one);
    return { floor };
  }

  /** The newest commit, or an earlier one when there is a backlog: the part of it that four pages cover. */
  #nextTarget(lane: StoredLane, cursor: LogCursor, limit: number): number {
    const first = indexAfterCommit(lane.entries, Number(cursor.consumed));
    const last = lane.entries[first + 4 * limit];
    return last === undefined ? this.#database.commits : last.commit;
  }

  #waiting(lane: StoredLane, cursor: LogCursor, target: number) {
    const first = indexAfterCommit(lane.entries, Number(cursor.consumed));
    return lane.entries
      .slice(first, indexAfterCommit(lane.entries, target))
      .filter((entry) => !isDealtWith(cursor, entry))
      .sort((a, b) => a.position - b.position)
      .map(({ position, envelope }) => ({ position, envelope }));
  }

  #park(lane: number, { entry, role, reason }: ParkedEntry): void {
    const { parked, clock } = this.#database;
    if (parked.some((one) => one.lane === lane && one.entry.position === entry.position)) return;
    const { key } = entry.envelope;
    const redriven =
      role === 'behind' &&
      parked.some((one) => one.lane === lane && one.entry.envelope.key === key && one.requested === 'redrive');
    parked.push({ lane, entry, role, reason, parkedAt: clock.now(), requested: redriven ? 'redrive' : null });
  }
}

/** As the constraint of a table does, before anything is recorded. */
function assertRole(role: ParkedRole): void {
  if (!ROLES.has(role)) throw new TypeError(`no role of a parked message: "${role}"`);
}

const ROLES: ReadonlySet<ParkedRole> = new Set<ParkedRole>(['rejected', 'behind', 'skipped']);
