import type { SqlExecutor } from '@holdfast/sql';
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
import { effectColumns } from './effect-columns.ts';

/** Reviews and retention on PostgreSQL, one statement for each call. */
export class PostgresReviewStore implements EffectReviewStore {
  readonly #table: string;

  constructor(table: string) {
    this.#table = table;
  }

  async find(executor: SqlExecutor, { journal, key }: EffectIdentity): Promise<EffectRecord | null> {
    const { rows } = await executor.execute({
      text: `select ${effectColumns} from ${this.#table} where journal = $1 and key = $2`,
      values: [journal, key],
    });
    return rows[0] === undefined ? null : effectRecordOf(rows[0]);
  }

  async list(executor: SqlExecutor, { journal, state, after, limit }: EffectQuery): Promise<readonly EffectRecord[]> {
    const { rows } = await executor.execute({
      // The state is one of three words of ours; in the text it lets the planner see which index fits.
      text: `select ${effectColumns} from ${this.#table}
where journal = $1 and state = '${state}' and ($2::text is null or key > $2) order by key limit $3`,
      values: [journal, after, limit],
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
  state = $3,
  result = $4,
  last_verdict = $5,
  token = token + 1,
  held = false,
  verifications = 0,
  undecided = 0,
  unknown_since = case when $3 = 'unknown' then clock_timestamp() end,
  due_at = clock_timestamp(),
  changed_at = clock_timestamp()
where journal = $1 and key = $2
  and (state = 'parked' or state in ('calling', 'unknown') and (not held or due_at <= clock_timestamp()))`,
      values: [journal, key, state, result, verdict],
    });
    return rowCount > 0;
  }

  async purge(executor: SqlExecutor, { journal, retentionMs, limit }: EffectPurge): Promise<number> {
    const { rowCount } = await executor.execute({
      text: `delete from ${this.#table} where ctid = any(array(
  select ctid from ${this.#table}
  where journal = $1 and state in ('done', 'refused', 'free')
    and changed_at < clock_timestamp() - $2::float8 * interval '1 millisecond'
  order by changed_at limit $3 for update skip locked
))`,
      values: [journal, retentionMs, limit],
    });
    return rowCount;
  }

  async stats(executor: SqlExecutor, journal: string): Promise<EffectStats> {
    const isUnder = `state = 'calling' and due_at > clock_timestamp()`;
    const { rows } = await executor.execute({
      text: `with unsettled as (
  select state, due_at, coalesce(unknown_since, called_at) as since from ${this.#table}
  where journal = $1 and state in ('calling', 'unknown') limit $2
), parked as (
  select coalesce(unknown_since, changed_at) as since from ${this.#table} where journal = $1 and state = 'parked' limit $2
)
select
  (select count(*) from unsettled where ${isUnder}) as calling,
  (select count(*) from unsettled where not (${isUnder})) as unknown,
  (select ${ageMs('min(since)')} from unsettled where not (${isUnder})) as oldest_unknown_ms,
  (select count(*) from parked) as parked,
  (select ${ageMs('min(since)')} from parked) as oldest_parked_ms`,
      values: [journal, COUNT_BOUND],
    });
    return effectStatsOf(rows[0] ?? {});
  }
}

function ageMs(time: string): string {
  return `greatest(0, extract(epoch from clock_timestamp() - ${time}))::float8 * 1000`;
}
