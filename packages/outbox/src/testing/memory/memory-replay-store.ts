import type { ReplayFilter, ReplayPreview, ReplayRange, ReplayStep, ReplayStore } from '../../store/replay-store.ts';
import type { MemoryDatabase, StoredEntry } from './memory-database.ts';

/** Replay in memory: appends again what retention has kept. */
export class MemoryReplayStore implements ReplayStore {
  readonly #database: MemoryDatabase;

  constructor(database: MemoryDatabase) {
    this.#database = database;
  }

  async preview(filter: ReplayFilter): Promise<ReplayPreview> {
    const entries = this.#matching(filter);
    const byType: Record<string, number> = Object.create(null);
    for (const { envelope } of entries) byType[envelope.type] = (byType[envelope.type] ?? 0) + 1;
    const times = this.#database.lanes.flatMap((lane) => lane.entries.map((entry) => entry.createdAt));
    return {
      messages: entries.length,
      bytes: entries.reduce((sum, { envelope }) => sum + envelope.body.byteLength, 0),
      byType,
      retainedSince: times.length === 0 ? null : times.reduce((min, time) => Math.min(min, time)),
    };
  }

  async copy(filter: ReplayFilter, range: ReplayRange): Promise<ReplayStep> {
    const { afterPosition, limit, untilPosition = this.#lastPosition() } = range;
    const chosen = this.#matching(filter)
      .filter(({ position }) => position > afterPosition && position <= untilPosition)
      .slice(0, limit);
    const transaction = this.#database.begin();
    await transaction.append(
      chosen.map(({ lane, envelope }) => ({
        envelope,
        destination: this.#database.lane(lane).destination,
        delayMs: 0,
      })),
    );
    await transaction.commit();
    const last = chosen.at(-1);
    const nextPosition = last === undefined || chosen.length < limit ? null : last.position;
    return { copied: chosen.length, nextPosition, untilPosition };
  }

  #lastPosition(): number {
    const positions = this.#database.lanes.flatMap((lane) => lane.entries.map(({ position }) => position));
    return positions.reduce((last, position) => Math.max(last, position), 0);
  }

  #matching({ from, to, types, keys }: ReplayFilter): readonly StoredEntry[] {
    const matches = ({ createdAt, envelope: { type, key } }: StoredEntry) =>
      createdAt >= from &&
      createdAt < to &&
      (types === undefined || types.includes(type)) &&
      (keys === undefined || (key !== null && keys.includes(key)));
    return this.#database.lanes.flatMap((lane) => lane.entries.filter(matches)).sort((a, b) => a.position - b.position);
  }
}
