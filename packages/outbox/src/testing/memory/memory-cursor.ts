import type { LogCursor } from '../../store/log-cursor.ts';
import type { MemoryDatabase, StoredEntry, StoredLane } from './memory-database.ts';

/** Whether the cursor says that the entry has been dealt with. */
export function isDealtWith({ consumed, target, position, floor }: LogCursor, entry: StoredEntry): boolean {
  if (entry.position <= floor || entry.commit <= Number(consumed)) return true;
  return target !== null && entry.commit <= Number(target) && entry.position <= position;
}

/** Index of the first entry of a later commit. Entries are in order of commits. */
export function indexAfterCommit(entries: readonly StoredEntry[], commit: number): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((entries[middle]?.commit ?? 0) <= commit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The floor once `cursor` is recorded. When the cursor has seen the whole lane, only a transaction that is open now can
 * still bring a position that has been drawn.
 */
export function floorOf(database: MemoryDatabase, lane: StoredLane, cursor: LogCursor): number {
  const seenAll = cursor.target === null && (lane.entries.at(-1)?.commit ?? 0) <= Number(cursor.consumed);
  if (!seenAll) return lane.cursor.floor;
  let floor = database.lastPosition;
  for (const { entries } of database.open)
    floor = Math.min(floor, (entries[0]?.position ?? Number.POSITIVE_INFINITY) - 1);
  return Math.max(floor, lane.cursor.floor);
}
