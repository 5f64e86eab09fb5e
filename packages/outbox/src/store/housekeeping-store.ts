/** What one attempt to free old entries did. */
export interface RotationResult {
  /** Whether entries were freed. */
  readonly freed: boolean;
  /** Why not: nothing old enough, an entry still waits to be relayed, or somebody holds a lock on it. */
  readonly reason: 'freed' | 'nothing' | 'waiting' | 'locked';
}

export interface LaneStats {
  readonly lane: number;
  readonly destination: string;
  /** Entries that wait to be relayed. Counted up to a bound, estimated beyond it. */
  readonly pending: number;
  readonly pendingIsEstimate: boolean;
  /** Age of the oldest waiting entry in milliseconds, by the database's clock; 0 when none waits. */
  readonly oldestAgeMs: number;
  /** Messages in parking. */
  readonly parked: number;
  /** Keys that a rejected message holds back. */
  readonly blockedKeys: number;
}

export interface OutboxStats {
  readonly lanes: readonly LaneStats[];
  /** Delayed messages that have not entered the log. Counted up to a bound. */
  readonly delayed: number;
}

/** Work that any one process does for all. Safe when two do it at once. */
export interface HousekeepingStore {
  /**
   * Moves due delayed messages into the log in order of their due times, at most `limit`; returns how many. While
   * another process does it, 0.
   */
  promoteDelayed(limit: number): Promise<number>;
  /** Frees the entries of the past that retention no longer asks for, all relayed; never waits long for a lock. */
  rotate(): Promise<RotationResult>;
  /** At a cost that does not grow with the backlog. */
  stats(): Promise<OutboxStats>;
}
