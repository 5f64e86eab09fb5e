/**
 * Which entries of a lane have been dealt with. Immutable data; what it says:
 * dealt with is an entry that is `consumed`, or that belongs to `target` and has a position up to `position`, or whose
 * position is not above `floor`.
 *
 * On PostgreSQL `consumed` and `target` are snapshots (`xmin:xmax:xip,…`), because a number would skip an entry whose
 * position was drawn early and whose transaction committed late. A store with a single writer needs only `position`.
 */
export interface LogCursor {
  /** Snapshot: all that it sees is dealt with. Empty where the store has no use for it. */
  readonly consumed: string;
  /** Snapshot that is being worked off in order of position, or `null` between two. */
  readonly target: string | null;
  /** Last position dealt with within `target` (or at all, where there are no snapshots). */
  readonly position: number;
  /** No entry at or below this position is waiting, whatever the snapshots say. */
  readonly floor: number;
}
