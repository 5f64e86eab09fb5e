import type { SqlExecutor, TableNames } from '@holdfast/sql';
import { waitingCountOf } from '../rows/waiting-row.ts';
import { type SagaTables, sagaTables } from '../store/saga-tables.ts';
import type { SagaWaitingQueries, WaitingCount, WaitingQuery } from '../store/saga-waiting-queries.ts';

const GROUP = 'saga, definition_version, state, kind, name';

/** What instances wait for, on PostgreSQL. */
export class PostgresSagaWaitingQueries implements SagaWaitingQueries {
  readonly #tables: SagaTables;

  constructor(names: TableNames) {
    this.#tables = sagaTables(names);
  }

  timers(executor: SqlExecutor, query: WaitingQuery): Promise<readonly WaitingCount[]> {
    const { timer } = this.#tables;
    return this.#counts(executor, query, `select saga, key, timer as name from ${timer} where saga = any($1)`);
  }

  parked(executor: SqlExecutor, query: WaitingQuery): Promise<readonly WaitingCount[]> {
    const { parked } = this.#tables;
    return this.#counts(executor, query, `select distinct saga, key, type as name from ${parked} where saga = any($1)`);
  }

  async #counts(
    executor: SqlExecutor,
    { sagas, sample }: WaitingQuery,
    waiting: string,
  ): Promise<readonly WaitingCount[]> {
    const { rows } = await executor.execute({
      text: `select ${GROUP}, max(place) as instances, (json_agg(key order by place) filter (where place <= $2::int))::text as sample
from (
  select ${GROUP}, key, row_number() over (partition by ${GROUP} order by key) as place
  from (${waiting}) w left join ${this.#tables.instance} i using (saga, key)
) counted group by ${GROUP} order by ${GROUP}`,
      values: [sagas, sample],
    });
    return rows.map(waitingCountOf);
  }
}
