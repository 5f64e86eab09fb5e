import { SQLITE_NOW, type SqlExecutor } from '@holdfast/sql';
import { COUNT_BOUND } from '../../store/count-bound.ts';
import { effectRecordOf, effectStatsOf } from '../rows/effect-row.ts';
import type { EffectIdentity, EffectRecord } from '../store/effect-record.ts';
import type {
  EffectPurge,
  EffectQuery,
  EffectReviewStore,
  EffectSettlement,
  EffectStats,
} from '../store/effect-review-store.ts';

/** Reviews and retention on SQLite. */
export class SqliteReviewStore implements EffectReviewStore {
  readonly #table: string;

  constructor(table: string) {
    this.#table = table;
  }

  async find(executor: SqlExecutor, { journal, key }: EffectIdentity): Promise<EffectRecord | null> {
    const { rows } = await executor.execute({
      text: `select * from ${this.#table} where journal = ?1 and key = ?2`,
      values: [journal, key],
    });
    return rows[0] === undefined ? null : effectRecordOf(rows[0]);
  }

  async list(executor: SqlExecutor, { journal, state, after, limit }: EffectQuery): Promise<readonly EffectRecord[]> {
    const { rows } = await executor.execute({
      // The state is one of three words of ours; in the text it lets the planner see which index fits.
      text: `select * from ${this.#table}
where journal = ?1 and state = '${state}' and key > ?2 order by key limit ?3`,
      values: [journal, after ?? '', BigInt(limit)],
    });
    return rows.map(effectRecordOf);
  }

  async settle(
    executor: SqlExecutor,
    { journal, key }: EffectIdentity,
    { state, result, verdict }: EffectSettlement,
  ): Promise<boolean> {
    const { rowCount } = await executor.execute({
      text: `update ${this.#table} set
  state = ?3,
  result = ?4,
  last_verdict = ?5,
  token = token + 1,
  held = 0,
  verifications = 0,
  undecided = 0,
  unknown_since = iif(?3 = 'unknown', ${SQLITE_NOW}, null),
  due_at = ${SQLITE_NOW},
  changed_at = ${SQLITE_NOW}
where journal = ?1 and key = ?2
  and (state = 'parked' or state in ('calling', 'unknown') and (held = 0 or due_at <= ${SQLITE_NOW}))`,
      values: [journal, key, state, result, verdict],
    });
    return rowCount > 0;
  }

  async purge(executor: SqlExecutor, { journal, retentionMs, limit }: EffectPurge): Promise<number> {
    const old = `select rowid from ${this.#table}
  where journal = ?1 and state in ('done', 'refused', 'free') and changed_at < ${SQLITE_NOW} - ?2`;
    const values = [journal, BigInt(retentionMs)];
    // Most calls find nothing; they take no write lock.
    const found = await executor.execute({ text: `${old} limit 1`, values });
    if (found.rows.length === 0) return 0;
    const { rowCount } = await executor.execute({
      text: `delete from ${this.#table} where rowid in (${old} order by changed_at limit ?3)`,
      values: [...values, BigInt(limit)],
    });
    return rowCount;
  }

  async stats(executor: SqlExecutor, journal: string): Promise<EffectStats> {
    const isUnder = `state = 'calling' and due_at > ${SQLITE_NOW}`;
    const { rows } = await executor.execute({
      text: `with unsettled as (
  select state, due_at, coalesce(unknown_since, called_at) as since from ${this.#table}
  where journal = ?1 and state in ('calling', 'unknown') limit ?2
), parked as (
  select coalesce(unknown_since, changed_at) as since from ${this.#table} where journal = ?1 and state = 'parked' limit ?2
)
select
  (select count(*) from unsettled where ${isUnder}) as calling,
  (select count(*) from unsettled where not (${isUnder})) as unknown,
  (select max(0, ${SQLITE_NOW} - min(since)) from unsettled where not (${isUnder})) as oldest_unknown_ms,
  (select count(*) from parked) as parked,
  (select max(0, ${SQLITE_NOW} - min(since)) from parked) as oldest_parked_ms`,
      values: [journal, BigInt(COUNT_BOUND)],
    });
    return effectStatsOf(rows[0] ?? {});
  }
}
