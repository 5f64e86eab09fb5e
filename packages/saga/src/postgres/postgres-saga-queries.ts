import type { SqlExecutor, TableNames } from '@holdfast/sql';
import { sagaAttentionOf, sagaCountOf } from '../rows/count-row.ts';
import { HISTORY_COLUMNS, historyEntryOf } from '../rows/history-row.ts';
import { timedParkedEventOf } from '../rows/parked-row.ts';
import { listedSagaOf, STORED_COLUMNS } from '../rows/saga-row.ts';
import { listedTimerOf } from '../rows/timer-row.ts';
import { kindParts } from '../store/kind-parts.ts';
import type { SagaId } from '../store/saga-id.ts';
import type {
  ListedSaga,
  ListedTimer,
  SagaAttention,
  SagaCount,
  SagaListQuery,
  SagaQueries,
  TimedHistoryEntry,
  TimedParkedEvent,
} from '../store/saga-queries.ts';
import { type SagaTables, sagaTables } from '../store/saga-tables.ts';

const LISTED = `${STORED_COLUMNS}, ${['started_at', 'changed_at', 'finished_at'].map((at) => `${milliseconds(at)} as ${at}`).join(', ')}`;
const THIS = 'where saga = $1 and key = $2';

/** What operators read, on PostgreSQL. Planned for its values, not prepared: people ask seldom, and each time something else. */
export class PostgresSagaQueries implements SagaQueries {
  readonly #tables: SagaTables;

  constructor(names: TableNames) {
    this.#tables = sagaTables(names);
  }

  /** Unfinished and finished instances have an index of their own: where both are asked for, their first ones are merged. */
  async list(executor: SqlExecutor, query: SagaListQuery): Promise<readonly ListedSaga[]> {
    const { saga, states, kinds, definitionVersions, unchangedForMs, after, limit } = query;
    const conditions = `saga = $1
  and ($2::text[] is null or state = any($2)) and ($3::text[] is null or kind = any($3)) and ($4::int[] is null or definition_version = any($4))
  and ($5::bigint is null or changed_at <= clock_timestamp() - $5::bigint * interval '1 ms')
  and ($6::bigint is null or (started_at, key) > (timestamptz 'epoch' + $6::bigint * interval '1 ms', $7::text))`;
    const parts = kindParts(kinds).map(
      (part) =>
        `(select * from ${this.#tables.instance} where ${conditions} and ${part} order by started_at, key limit $8)`,
    );
    const { rows } = await executor.execute({
      text: `select ${LISTED} from (${parts.join(' union all ')}) i order by i.started_at, i.key limit $8`,
      values: [
        saga,
        states ?? null,
        kinds ?? null,
        definitionVersions ?? null,
        unchangedForMs ?? null,
        after?.startedAt ?? null,
        after?.key ?? null,
        limit,
      ],
    });
    return rows.map(listedSagaOf);
  }

  async find(executor: SqlExecutor, { saga, key }: SagaId): Promise<ListedSaga | null> {
    const { rows } = await executor.execute({
      text: `select ${LISTED} from ${this.#tables.instance} ${THIS}`,
      values: [saga, key],
    });
    return rows[0] === undefined ? null : listedSagaOf(rows[0]);
  }

  async history(executor: SqlExecutor, { saga, key }: SagaId): Promise<readonly TimedHistoryEntry[]> {
    const { rows } = await executor.execute({
      text: `select ${HISTORY_COLUMNS}, ${milliseconds('at')} as at from ${this.#tables.history} h ${THIS} order by h.number`,
      values: [saga, key],
    });
    return rows.map(historyEntryOf);
  }

  async timers(executor: SqlExecutor, { saga, key }: SagaId): Promise<readonly ListedTimer[]> {
    const { rows } = await executor.execute({
      text: `select saga, key, timer, epoch, failures, last_error, ${milliseconds('due_at')} as due_at
from ${this.#tables.timer} t ${THIS} order by t.due_at, t.timer`,
      values: [saga, key],
    });
    return rows.map(listedTimerOf);
  }

  async parked(executor: SqlExecutor, { saga, key }: SagaId): Promise<readonly TimedParkedEvent[]> {
    const { rows } = await executor.execute({
      text: `select source, id, type, message, ${milliseconds('parked_at')} as parked_at
from ${this.#tables.parked} p ${THIS} order by p.position`,
      values: [saga, key],
    });
    return rows.map(timedParkedEventOf);
  }

  async counts(
    executor: SqlExecutor,
    { sagas, sample }: { readonly sagas: readonly string[]; readonly sample: number },
  ): Promise<readonly SagaCount[]> {
    const group = 'saga, definition_version, state, kind';
    const { instance } = this.#tables;
    const text =
      sample === 0
        ? `select ${group}, count(*) as instances, '[]' as sample from ${instance} where saga = any($1) group by ${group} order by ${group}`
        : `select ${group}, max(place) as instances,
  (json_agg(key order by place) filter (where place <= $2::int))::text as sample
from (
  select ${group}, key, row_number() over (partition by ${group} order by started_at, key) as place
  from ${instance} where saga = any($1)
) i group by ${group} order by ${group}`;
    const { rows } = await executor.execute({ text, values: sample === 0 ? [sagas] : [sagas, sample] });
    return rows.map(sagaCountOf);
  }

  async attention(executor: SqlExecutor, sagas: readonly string[]): Promise<readonly SagaAttention[]> {
    const { rows } = await executor.execute({
      text: `select saga, count(*) as instances,
greatest(0, floor(extract(epoch from clock_timestamp() - min(changed_at)) * 1000))::bigint as oldest_ms
from ${this.#tables.instance} where kind = 'attention' and saga = any($1) group by saga order by saga`,
      values: [sagas],
    });
    return rows.map(sagaAttentionOf);
  }
}

function milliseconds(time: string): string {
  return `floor(extract(epoch from ${time}) * 1000)::bigint`;
}
