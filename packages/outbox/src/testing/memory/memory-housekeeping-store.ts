import { COUNT_BOUND } from '../../store/count-bound.ts';
import type { HousekeepingStore, LaneStats, OutboxStats, RotationResult } from '../../store/housekeeping-store.ts';
import { indexAfterCommit, isDealtWith } from './memory-cursor.ts';
import type { MemoryDatabase, StoredEntry, StoredLane } from './memory-database.ts';

/** Delayed messages, retention and figures in memory. */
export class MemoryHousekeepingStore implements HousekeepingStore {
  readonly #database: MemoryDatabase;
  readonly #retentionMs: number;

  constructor(database: MemoryDatabase, retentionMs: number) {
    this.#database = database;
    this.#retentionMs = retentionMs;
  }

  async promoteDelayed(limit: number): Promise<number> {
    const { delayed, clock } = this.#database;
    const due = delayed.filter((one) => one.dueAt <= clock.now()).slice(0, limit);
    if (due.length === 0) return 0;
    // Taken out first: another call that starts while this one waits for a key must not take them too.
    this.#database.delayed = delayed.filter((one) => !due.includes(one));
    const transaction = this.#database.begin();
    await transaction.append(due.map((one) => one.record));
    await transaction.commit();
    return due.length;
  }

  async rotate(): Promise<RotationResult> {
    const before = this.#database.clock.now() - this.#retentionMs;
    const isOld = (entry: { readonly createdAt: number }) => entry.createdAt < before;
    const { lanes, open } = this.#database;
    if (!lanes.some((lane) => lane.entries.some(isOld))) return { freed: false, reason: 'nothing' };
    if ([...open].some(({ entries }) => entries.some(isOld))) return { freed: false, reason: 'locked' };
    let freed = false;
    for (const lane of lanes) {
      const kept = lane.entries.filter((entry) => !isOld(entry) || !isDealtWith(lane.cursor, entry));
      freed ||= kept.length < lane.entries.length;
      lane.entries = kept;
    }
    return freed ? { freed, reason: 'freed' } : { freed, reason: 'waiting' };
  }

  async stats(): Promise<OutboxStats> {
    const lanes = this.#database.lanes.filter((lane) => !lane.retired).map((lane) => this.#laneStats(lane));
    return { lanes, delayed: Math.min(this.#database.delayed.length, COUNT_BOUND) };
  }

  #laneStats(lane: StoredLane): LaneStats {
    const waiting = waitingIn(lane);
    const oldest = waiting.reduce((min, entry) => Math.min(min, entry.createdAt), Number.POSITIVE_INFINITY);
    const parked = this.#database.parked.filter((one) => one.lane === lane.lane);
    const rejected = parked.filter((one) => one.role === 'rejected' && one.entry.envelope.key !== null);
    const pendingIsEstimate = waiting.length >= COUNT_BOUND;
    const ahead = this.#database.lastPosition - lane.cursor.position;
    return {
      lane: lane.lane,
      destination: lane.destination,
      pending: pendingIsEstimate ? Math.max(waiting.length, ahead) : waiting.length,
      pendingIsEstimate,
      oldestAgeMs: waiting.length === 0 ? 0 : Math.max(0, this.#database.clock.now() - oldest),
      parked: parked.length,
      blockedKeys: new Set(rejected.map(({ entry }) => entry.envelope.key)).size,
    };
  }
}

function waitingIn({ entries, cursor }: StoredLane): readonly StoredEntry[] {
  const waiting: StoredEntry[] = [];
  for (let index = indexAfterCommit(entries, Number(cursor.consumed)); index < entries.length; index += 1) {
    const entry = entries[index];
    if (entry !== undefined && !isDealtWith(cursor, entry)) waiting.push(entry);
    if (waiting.length === COUNT_BOUND) break;
  }
  return waiting;
}
