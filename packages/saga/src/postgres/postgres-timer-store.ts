import { numberColumn, type SqlExecutor, type TableNames } from '@holdfast/sql';
import { dueTimerOf, storedTimerOf } from '../rows/timer-row.ts';
import { sagaTables } from '../store/saga-tables.ts';
import type { DueQuery, DueTimer, StoredTimer, TimerStore } from '../store/timer-store.ts';
import { PreparedNames, type PreparedNamesOptions } from './prepared-names.ts';

const GIVEN = 'unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) as n (saga, key, timer, epoch)';
const IS_GIVEN = 't.saga = n.saga and t.key = n.key and t.timer = n.timer and t.epoch = n.epoch';
const IS_DUE = 't.due_at <= clock_timestamp()';

/** Timers on PostgreSQL, one statement for each call. Times are of the server's clock. */
export class PostgresTimerStore implements TimerStore {
  readonly #table: string;
  readonly #names: PreparedNames;

  constructor(names: TableNames, options: PreparedNamesOptions) {
    this.#table = sagaTables(names).timer;
    this.#names = new PreparedNames(names, options);
  }

  /** Each saga's are read from the index in their order. The time is a subselect, so that it is one, and ends the index's scan. */
  async due(executor: SqlExecutor, { sagas, limit }: DueQuery): Promise<readonly DueTimer[]> {
    if (sagas.length === 0) return [];
    const { rows } = await executor.execute({
      text: `select t.saga, t.key, t.timer, t.epoch, t.failures,
greatest(0, floor(extract(epoch from clock_timestamp() - t.due_at) * 1000))::bigint as overdue_ms
from unnest($1::text[]) as n (saga) cross join lateral (
  select * from ${this.#table} t where t.saga = n.saga and t.due_at <= (select clock_timestamp()) order by t.due_at limit $2::int
) t order by t.due_at limit $2::int`,
      values: [distinct(sagas), limit],
      ...this.#names.of('due'),
    });
    return rows.map(dueTimerOf);
  }

  async stillSet(executor: SqlExecutor, timers: readonly StoredTimer[]): Promise<readonly StoredTimer[]> {
    if (timers.length === 0) return [];
    const { rows } = await executor.execute({
      text: `select n.* from ${GIVEN} cross join lateral (
  select 1 from ${this.#table} t where ${IS_GIVEN} and ${IS_DUE} limit 1
) t`,
      values: columns(timers),
      ...this.#names.of('still_set'),
    });
    return rows.map(storedTimerOf);
  }

  async remove(executor: SqlExecutor, timers: readonly StoredTimer[]): Promise<void> {
    if (timers.length === 0) return;
    await executor.execute({
      text: `delete from ${this.#table} t using ${GIVEN} where ${IS_GIVEN}`,
      values: columns(timers),
      ...this.#names.of('remove'),
    });
  }

  async postpone(
    executor: SqlExecutor,
    { saga, key, timer, epoch }: StoredTimer,
    { delayMs, error }: { readonly delayMs: number; readonly error: string },
  ): Promise<void> {
    await executor.execute({
      text: `update ${this.#table} t set due_at = clock_timestamp() + $5::bigint * interval '1 ms', failures = failures + 1, last_error = $6
where saga = $1 and key = $2 and timer = $3 and epoch = $4 and ${IS_DUE}`,
      values: [saga, key, timer, epoch, Math.round(delayMs), error],
    });
  }

  async nextInMs(executor: SqlExecutor, sagas: readonly string[]): Promise<number | null> {
    const { rows } = await executor.execute({
      text: `select greatest(0, ceil(extract(epoch from min(t.due_at) - clock_timestamp()) * 1000))::bigint as next
from unnest($1::text[]) as n (saga) cross join lateral (
  select due_at from ${this.#table} t where t.saga = n.saga order by t.due_at limit 1
) t having count(*) > 0`,
      values: [sagas],
      ...this.#names.of('next'),
    });
    return rows[0] === undefined ? null : numberColumn(rows[0], 'next');
  }
}

function distinct(sagas: readonly string[]): readonly string[] {
  return [...new Set(sagas)];
}

function columns(timers: readonly StoredTimer[]): readonly (readonly unknown[])[] {
  return [
    timers.map(({ saga }) => saga),
    timers.map(({ key }) => key),
    timers.map(({ timer }) => timer),
    timers.map(({ epoch }) => epoch),
  ];
}
