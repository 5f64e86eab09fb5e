import { numberColumn, type SqlExecutor, type TableNames } from '@holdfast/sql';
import { COUNT_BOUND } from '../store/count-bound.ts';
import { type InboxTables, inboxTables } from '../store/inbox-tables.ts';
import type { ConsumerProgress, InboxStats, Purged, PurgeRequest, RetentionStore } from '../store/retention-store.ts';
import { countingInstances, reachedAt, reportStatement } from './consumer-progress.ts';

/** Retention on PostgreSQL, one statement for each call. Times are of the server's clock. */
export class PostgresRetentionStore implements RetentionStore {
  readonly #tables: InboxTables;
  readonly #purge: Readonly<Record<PurgeRequest['rows'], string>>;

  constructor(names: TableNames) {
    this.#tables = inboxTables(names);
    const { record, attempt, progress } = this.#tables;
    this.#purge = {
      records: purgeStatement({ table: record, at: 'received_at', progress }),
      attempts: purgeStatement({ table: attempt, at: 'last_at', progress, condition: 'quarantined_at is null' }),
    };
  }

  async report(executor: SqlExecutor, { consumer, instance, oldestAgeMs }: ConsumerProgress): Promise<void> {
    await executor.execute({
      text: reportStatement(this.#tables.progress),
      values: [consumer, instance, Math.max(0, oldestAgeMs)],
    });
  }

  async purge(executor: SqlExecutor, request: PurgeRequest): Promise<Purged> {
    const { consumer, rows: kind, retentionMs, limit, from } = request;
    const { rows } = await executor.execute({
      text: this.#purge[kind],
      values: [consumer, retentionMs, limit, from],
    });
    const row = rows[0] ?? {};
    const last = row.last_us;
    return {
      removed: numberColumn(row, 'removed'),
      next: last === null || last === undefined ? from : String(last),
    };
  }

  async purgeProgress(executor: SqlExecutor, consumer: string): Promise<number> {
    const { progress } = this.#tables;
    const { rowCount } = await executor.execute({
      text: `with ${countingInstances(progress)}
delete from ${progress} p using known k
where p.consumer = k.consumer and p.instance = k.instance and p.seen_at = k.seen_at
  and k.instance not in (select instance from counting)`,
      values: [consumer],
    });
    return rowCount;
  }

  async stats(executor: SqlExecutor, consumer: string): Promise<InboxStats> {
    const { record, attempt, parked, progress } = this.#tables;
    const { rows } = await executor.execute({
      text: `with ${countingInstances(progress)}
select
  (select ${ageMs('received_at')} from ${record} where consumer = $1 order by received_at limit 1) as oldest,
  (select ${ageMs('reached')} from (select ${reachedAt} as reached) r where reached is not null) as lag,
  (select count(*) from (select from ${attempt} where consumer = $1 and quarantined_at is not null limit $2) q) as quarantined,
  (select count(*) from (select from ${parked} where consumer = $1 limit $2) p) as parked`,
      values: [consumer, COUNT_BOUND],
    });
    const row = rows[0] ?? {};
    return {
      oldestRecordAgeMs: row.oldest === null ? 0 : numberColumn(row, 'oldest'),
      lagMs: row.lag === null ? null : numberColumn(row, 'lag'),
      quarantined: numberColumn(row, 'quarantined'),
      parked: numberColumn(row, 'parked'),
    };
  }
}

function ageMs(time: string): string {
  return `greatest(0, round(extract(epoch from clock_timestamp() - ${time}) * 1000))::bigint`;
}

interface Purging {
  readonly table: string;
  /** The column that tells the age. */
  readonly at: string;
  readonly progress: string;
  readonly condition?: string;
}

/** `$2` is the retention in milliseconds, `$3` the limit, `$4` where to begin, in microseconds since the epoch. */
function purgeStatement({ table, at, progress, condition = 'true' }: Purging): string {
  return `with ${countingInstances(progress)},
gone as (
  delete from ${table} where ctid = any(array(
    select ctid from ${table}
    where consumer = $1 and ${condition}
      and ${at} >= coalesce(timestamptz 'epoch' + $4::bigint * interval '1 microsecond', '-infinity')
      and ${at} < (select ${reachedAt} - $2::float8 * interval '1 millisecond')
    order by ${at} limit $3::int for update skip locked
  )) returning ${at}
)
select count(*) as removed, (extract(epoch from max(${at})) * 1000000)::bigint as last_us from gone`;
}
