import { setImmediate } from 'node:timers/promises';
import { isHoldfastError } from '@holdfast/core';
import type { SqliteDatabase } from '@holdfast/sql';
import type { RotationResult } from '../store/housekeeping-store.ts';
import { NOW, type OutboxTables } from './outbox-tables.ts';

/** Rows per transaction: the write lock is held for some milliseconds, and senders get in between. */
const ROWS_PER_DELETE = 1_000;

/** Older than the retention, or as far in the future: what a clock that ran ahead has dated must not stay for ever. */
const OUT_OF_RETENTION = `abs(${NOW} - created_at) > ?2`;

/**
 * Deletes what has been relayed and is older than the retention, from the start of every lane: one small transaction
 * for each, so that there may be more to free. See `docs/decisions/0004-retention-on-sqlite.md` for why it is a delete.
 */
export async function rotateLog(database: SqliteDatabase, tables: OutboxTables): Promise<RotationResult> {
  const retentionMs = retention(database, tables);
  let freed = false;
  try {
    for (const lane of laneNumbers(database, tables)) {
      freed = deleteOldest(database, tables, { lane, retentionMs }) > 0 || freed;
      // Every call blocks the thread; others get their turn.
      await setImmediate();
    }
  } catch (error) {
    if (!isHoldfastError(error, 'ERR_SQL_BUSY')) throw error;
    if (!freed) return { freed, reason: 'locked' };
  }
  if (freed) return { freed, reason: 'freed' };
  return { freed, reason: hasOldWaiting(database, tables, retentionMs) ? 'waiting' : 'nothing' };
}

function retention(database: SqliteDatabase, tables: OutboxTables): number {
  const { rows } = database.executeSync({
    text: `select max(rotation_seconds) as seconds from ${tables.destination}`,
    values: [],
  });
  return Number(rows[0]?.seconds) * 1_000;
}

/** Retired lanes too: what they relayed is kept as long as all else. */
function laneNumbers(database: SqliteDatabase, tables: OutboxTables): readonly number[] {
  const { rows } = database.executeSync({ text: `select lane from ${tables.lane} order by lane`, values: [] });
  return rows.map((row) => Number(row.lane));
}

interface LaneToClear {
  readonly lane: number;
  readonly retentionMs: number;
}

/** The age is looked at after the limit, so that a lane of which nothing is old costs one short walk. */
function deleteOldest(database: SqliteDatabase, tables: OutboxTables, { lane, retentionMs }: LaneToClear): number {
  return database.executeSync({
    text:
      `delete from ${tables.log} where position in (select position from ${tables.log} where lane = ?1 and position <= ` +
      `(select l.position from ${tables.lane} l where l.lane = ?1) order by position limit ?3) and ${OUT_OF_RETENTION}`,
    values: [lane, retentionMs, ROWS_PER_DELETE],
  }).rowCount;
}

function hasOldWaiting(database: SqliteDatabase, tables: OutboxTables, retentionMs: number): boolean {
  return laneNumbers(database, tables).some((lane) => {
    const { rows } = database.executeSync({
      text:
        `select ${OUT_OF_RETENTION} as old from ${tables.log} where lane = ?1 and position > ` +
        `(select l.position from ${tables.lane} l where l.lane = ?1) order by position limit 1`,
      values: [lane, retentionMs],
    });
    return Number(rows[0]?.old ?? 0) === 1;
  });
}
