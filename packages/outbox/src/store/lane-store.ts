import type { LogCursor } from './log-cursor.ts';
import type { LogPage } from './log-page.ts';
import type { ParkedEntry } from './parked-message.ts';

/** A part of the log with its own cursor: it belongs to one destination and is relayed by one process at a time. */
export interface Lane {
  readonly lane: number;
  readonly destination: string;
}

/** A lane in the hands of the holder of `fencingToken`. */
export interface LaneClaim {
  readonly lane: number;
  readonly fencingToken: bigint;
  /** Where to read on. */
  readonly cursor: LogCursor;
  /** Keys that have a rejected message parked: later messages of theirs are parked behind it. */
  readonly parkedKeys: readonly string[];
  /** Which database history the cursor belongs to; a read from another one throws {@link HistoryChangedError}. */
  readonly history: string;
}

/** Progress to record: the cursor, and what was parked on the way, both or neither. */
export interface LaneProgress {
  readonly cursor: LogCursor;
  readonly parked: readonly ParkedEntry[];
}

export interface SettledProgress {
  /** The cursor's new floor, for reads from here on. */
  readonly floor: number;
}

/**
 * The log as a relay reads it.
 *
 * Guarantees: an entry is returned only after its transaction has committed; every committed entry of the lane is
 * returned by successive reads exactly once, whatever order transactions commit in, unless a read starts from an older
 * cursor; entries of one key come in commit order; an open transaction delays no entry but its own. After a newer
 * token has claimed the lane, nothing is recorded under an older one.
 */
export interface LaneStore {
  /** All lanes, in ascending order. */
  lanes(): Promise<readonly Lane[]>;
  /** Takes the lane for this token and returns where to read on; `null` when a newer token has it. */
  claim(lane: number, fencingToken: bigint): Promise<LaneClaim | null>;
  /** Up to `limit` entries after the cursor. Does not change anything. */
  read(claim: LaneClaim, cursor: LogCursor, limit: number): Promise<LogPage>;
  /**
   * Records progress. `null` when a newer token has claimed the lane, or the database is in another history than the
   * claim: nothing was recorded. Parking the same entry
   * again changes nothing.
   */
  settle(claim: LaneClaim, progress: LaneProgress): Promise<SettledProgress | null>;
}
