import { numberColumn, type SqlExecutor, type TableNames } from '@holdfast/sql';
import type { SagaRetentionStore } from '../store/saga-retention-store.ts';
import { type SagaTables, sagaTables } from '../store/saga-tables.ts';

/** Retention on PostgreSQL, one statement for each call. Times are of the server's clock. */
export class PostgresSagaRetentionStore implements SagaRetentionStore {
  readonly #tables: SagaTables;

  constructor(names: TableNames) {
    this.#tables = sagaTables(names);
  }

  /**
   * The lock is taken on the row as it is now, and the conditions are looked at again: one that is in use, or not over any more, stays.
   * An instance's rows go by place, whatever the planner believes of the tables; timers by key, because somebody may put one off meanwhile.
   */
  async purge(
    executor: SqlExecutor,
    { sagas, limit }: { readonly sagas: readonly string[]; readonly limit: number },
  ): Promise<number> {
    const { instance, history, timer, parked } = this.#tables;
    const placesOf = (table: string) =>
      `array(select r.ctid from gone g cross join lateral (
    select r.ctid from ${table} r where r.saga = g.saga and r.key = g.key offset 0) r)`;
    const { rows } = await executor.execute({
      text: `with gone as (
  delete from ${instance} where ctid = any(array(
    select i.ctid from unnest($1::text[]) as n (saga) cross join lateral (
      select i.ctid from ${instance} i where i.saga = n.saga and i.purge_at <= (select clock_timestamp())
      order by i.purge_at limit $2::int for update skip locked
    ) i limit $2::int
  )) returning saga, key
),
timers as (delete from ${timer} t using gone g where t.saga = g.saga and t.key = g.key),
parked as (delete from ${parked} where ctid = any(${placesOf(parked)})),
history as (delete from ${history} where ctid = any(${placesOf(history)}))
select count(*) as removed from gone`,
      values: [[...new Set(sagas)], limit],
    });
    return numberColumn(rows[0] ?? {}, 'removed');
  }

  /** By `offset`, each instance is looked for by itself, instead of reading all of them to compare. */
  async purgeUnmatched(
    executor: SqlExecutor,
    { saga, olderThanMs, limit }: { readonly saga: string; readonly olderThanMs: number; readonly limit: number },
  ): Promise<number> {
    const { instance, parked } = this.#tables;
    const { rows } = await executor.execute({
      text: `with gone as (
  delete from ${parked} where ctid = any(array(
    select p.ctid from ${parked} p
    where p.saga = $1 and p.parked_at <= (select clock_timestamp()) - $2::bigint * interval '1 ms'
      and not exists (select from ${instance} i where i.saga = p.saga and i.key = p.key offset 0)
    order by p.parked_at limit $3::int for update of p skip locked
  )) returning 1
)
select count(*) as removed from gone`,
      values: [saga, olderThanMs, limit],
    });
    return numberColumn(rows[0] ?? {}, 'removed');
  }
}
