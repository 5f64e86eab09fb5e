import { numberColumn, SQLITE_NOW, type SqlExecutor, type TableNames } from '@holdfast/sql';
import { COUNT_BOUND } from '../store/count-bound.ts';
import { type InboxTables, inboxTables } from '../store/inbox-tables.ts';
import type { ConsumerProgress, InboxStats, Purged, PurgeRequest, RetentionStore } from '../store/retention-store.ts';
import { countingInstances, reachedAt, reportStatement } from './consumer-progress.ts';

/** Retention on SQLite. Times are of the machine's clock, as SQLite reads it. */
export class SqliteRetentionStore implements RetentionStore {
  readonly #tables: InboxTables;

  constructor(names: TableNames) {
    this.#tables = inboxTables(names);
  }

  async report(executor: SqlExecutor, { consumer, instance, oldestAgeMs }: ConsumerProgress): Promise<void> {
    await executor.execute({
      text: reportStatement(this.#tables.progress),
      values: [consumer, instance, BigInt(Math.max(0, Math.round(oldestAgeMs)))],
    });
  }

  /** Every chunk begins at the start: what is removed leaves the index at once. */
  async purge(executor: SqlExecutor, { consumer, rows, retentionMs, limit }: PurgeRequest): Promise<Purged> {
    const { table, at, due } = this.#due(rows);
    const values = [consumer, BigInt(retentionMs)];
    // Most calls find nothing; they take no write lock.
    const found = await executor.execute({ text: `${due} select 1 from due limit 1`, values });
    if (found.rows.length === 0) return { removed: 0, next: null };
    const { rowCount } = await executor.execute({
      text: `${due} delete from ${table} where (consumer, source, id) in
(select consumer, source, id from due order by ${at} limit ?3)`,
      values: [...values, BigInt(limit)],
    });
    return { removed: rowCount, next: null };
  }

  async purgeProgress(executor: SqlExecutor, consumer: string): Promise<number> {
    const { progress } = this.#tables;
    const { rowCount } = await executor.execute({
      text: `with ${countingInstances(progress)}
delete from ${progress} where consumer = ?1 and instance not in (select instance from counting)`,
      values: [consumer],
    });
    return rowCount;
  }

  async stats(executor: SqlExecutor, consumer: string): Promise<InboxStats> {
    const { record, attempt, parked, progress } = this.#tables;
    const { rows } = await executor.execute({
      text: `with ${countingInstances(progress)}
select
  (select max(0, ${SQLITE_NOW} - received_at) from ${record} where consumer = ?1 order by received_at limit 1) as oldest,
  max(0, ${SQLITE_NOW} - ${reachedAt}) as lag,
  (select count(*) from (select 1 from ${attempt} where consumer = ?1 and quarantined_at is not null limit ?2)) as quarantined,
  (select count(*) from (select 1 from ${parked} where consumer = ?1 limit ?2)) as parked`,
      values: [consumer, BigInt(COUNT_BOUND)],
    });
    const row = rows[0] ?? {};
    return {
      oldestRecordAgeMs: row.oldest === null ? 0 : numberColumn(row, 'oldest'),
      lagMs: row.lag === null ? null : numberColumn(row, 'lag'),
      quarantined: numberColumn(row, 'quarantined'),
      parked: numberColumn(row, 'parked'),
    };
  }

  #due(rows: PurgeRequest['rows']) {
    const { record, attempt, progress } = this.#tables;
    const [table, at, condition] =
      rows === 'records' ? [record, 'received_at', 'true'] : [attempt, 'last_at', 'quarantined_at is null'];
    const due = `with ${countingInstances(progress)},
due as (select * from ${table} where consumer = ?1 and ${condition} and ${at} < ${reachedAt} - ?2)`;
    return { table, at, due };
  }
}
