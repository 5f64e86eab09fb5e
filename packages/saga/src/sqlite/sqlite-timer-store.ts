import { numberColumn, SQLITE_NOW, type SqlExecutor, type TableNames } from '@holdfast/sql';
import { dueTimerOf } from '../rows/timer-row.ts';
import { sagaTables } from '../store/saga-tables.ts';
import type { DueQuery, DueTimer, StoredTimer, TimerStore } from '../store/timer-store.ts';

const IS_GIVEN = 'saga = ?1 and key = ?2 and timer = ?3 and epoch = ?4';
const IS_DUE = `due_at <= ${SQLITE_NOW}`;

/** Timers on SQLite. Times are of the machine's clock, as SQLite reads it. */
export class SqliteTimerStore implements TimerStore {
  readonly #table: string;

  constructor(names: TableNames) {
    this.#table = sagaTables(names).timer;
  }

  /** A statement for each saga reads its timers from the index in their order. */
  async due(executor: SqlExecutor, { sagas, limit }: DueQuery): Promise<readonly DueTimer[]> {
    const due: DueTimer[] = [];
    for (const saga of new Set(sagas)) {
      const { rows } = await executor.execute({
        text: `select saga, key, timer, epoch, failures, ${SQLITE_NOW} - due_at as overdue_ms
from ${this.#table} where saga = ?1 and due_at <= ${SQLITE_NOW} order by due_at limit ?2`,
        values: [saga, BigInt(limit)],
      });
      due.push(...rows.map(dueTimerOf));
    }
    return due.sort((left, right) => right.overdueMs - left.overdueMs).slice(0, limit);
  }

  async stillSet(executor: SqlExecutor, timers: readonly StoredTimer[]): Promise<readonly StoredTimer[]> {
    const set: StoredTimer[] = [];
    for (const timer of timers) {
      const { rows } = await executor.execute({
        text: `select 1 from ${this.#table} where ${IS_GIVEN} and ${IS_DUE}`,
        values: identity(timer),
      });
      if (rows.length > 0) set.push(timer);
    }
    return set;
  }

  async remove(executor: SqlExecutor, timers: readonly StoredTimer[]): Promise<void> {
    const text = `delete from ${this.#table} where ${IS_GIVEN}`;
    for (const timer of timers) await executor.execute({ text, values: identity(timer) });
  }

  async postpone(
    executor: SqlExecutor,
    timer: StoredTimer,
    { delayMs, error }: { readonly delayMs: number; readonly error: string },
  ): Promise<void> {
    await executor.execute({
      text: `update ${this.#table} set due_at = ${SQLITE_NOW} + ?5, failures = failures + 1, last_error = ?6 where ${IS_GIVEN} and ${IS_DUE}`,
      values: [...identity(timer), BigInt(Math.round(delayMs)), error],
    });
  }

  async nextInMs(executor: SqlExecutor, sagas: readonly string[]): Promise<number | null> {
    let next: number | null = null;
    for (const saga of new Set(sagas)) {
      const { rows } = await executor.execute({
        text: `select max(0, due_at - ${SQLITE_NOW}) as next from ${this.#table} where saga = ?1 order by due_at limit 1`,
        values: [saga],
      });
      if (rows[0] !== undefined) next = Math.min(next ?? Number.POSITIVE_INFINITY, numberColumn(rows[0], 'next'));
    }
    return next;
  }
}

function identity({ saga, key, timer, epoch }: StoredTimer): readonly unknown[] {
  return [saga, key, timer, BigInt(epoch)];
}
