import { SQLITE_NOW, type SqlExecutor, type TableNames } from '@holdfast/sql';
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

const LISTED = `${STORED_COLUMNS}, started_at, changed_at, finished_at`;
const THIS = 'where saga = ?1 and key = ?2';

/** What operators read, on SQLite. */
export class SqliteSagaQueries implements SagaQueries {
  readonly #tables: SagaTables;

  constructor(names: TableNames) {
    this.#tables = sagaTables(names);
  }

  async list(executor: SqlExecutor, query: SagaListQuery): Promise<readonly ListedSaga[]> {
    const { saga, states, kinds, definitionVersions, unchangedForMs, after, limit } = query;
    const conditions = `saga = ?1
  and (?2 is null or state in (select value from json_each(?2))) and (?3 is null or kind in (select value from json_each(?3)))
  and (?4 is null or definition_version in (select value from json_each(?4)))
  and (?5 is null or changed_at <= ${SQLITE_NOW} - ?5)${after === undefined ? '' : ' and (started_at, key) > (?7, ?8)'}`;
    const parts = kindParts(kinds).map(
      (part) => `select * from (select ${LISTED} from ${this.#tables.instance} where ${conditions} and ${part}
order by started_at, key limit ?6)`,
    );
    const { rows } = await executor.execute({
      text: `select * from (${parts.join(' union all ')}) order by started_at, key limit ?6`,
      values: [
        saga,
        json(states),
        json(kinds),
        json(definitionVersions),
        unchangedForMs === undefined ? null : BigInt(Math.round(unchangedForMs)),
        BigInt(limit),
        ...(after === undefined ? [] : [BigInt(after.startedAt), after.key]),
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
      text: `select ${HISTORY_COLUMNS}, at from ${this.#tables.history} ${THIS} order by number`,
      values: [saga, key],
    });
    return rows.map(historyEntryOf);
  }

  async timers(executor: SqlExecutor, { saga, key }: SagaId): Promise<readonly ListedTimer[]> {
    const { rows } = await executor.execute({
      text: `select saga, key, timer, epoch, failures, last_error, due_at from ${this.#tables.timer} ${THIS} order by due_at, timer`,
      values: [saga, key],
    });
    return rows.map(listedTimerOf);
  }

  async parked(executor: SqlExecutor, { saga, key }: SagaId): Promise<readonly TimedParkedEvent[]> {
    const { rows } = await executor.execute({
      text: `select source, id, type, message, parked_at from ${this.#tables.parked} ${THIS} order by position`,
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
    const mine = 'saga in (select value from json_each(?1))';
    const text =
      sample === 0
        ? `select ${group}, count(*) as instances, '[]' as sample from ${instance} where ${mine} group by ${group} order by ${group}`
        : `select ${group}, max(place) as instances, json_group_array(key) filter (where place <= ?2) as sample
from (
  select ${group}, key, row_number() over (partition by ${group} order by started_at, key) as place from ${instance} where ${mine}
  order by ${group}, place
) group by ${group} order by ${group}`;
    const values = sample === 0 ? [json(sagas)] : [json(sagas), BigInt(sample)];
    const { rows } = await executor.execute({ text, values });
    return rows.map(sagaCountOf);
  }

  async attention(executor: SqlExecutor, sagas: readonly string[]): Promise<readonly SagaAttention[]> {
    const { rows } = await executor.execute({
      text: `select saga, count(*) as instances, max(0, ${SQLITE_NOW} - min(changed_at)) as oldest_ms
from ${this.#tables.instance} where kind = 'attention' and saga in (select value from json_each(?1)) group by saga order by saga`,
      values: [json(sagas)],
    });
    return rows.map(sagaAttentionOf);
  }
}

/** A list as one parameter, for `json_each`. */
function json(values: readonly unknown[] | undefined): string | null {
  return values === undefined ? null : JSON.stringify(values);
}
