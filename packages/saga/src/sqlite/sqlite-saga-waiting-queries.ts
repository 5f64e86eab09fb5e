import type { SqlExecutor, TableNames } from '@holdfast/sql';
import { waitingCountOf } from '../rows/waiting-row.ts';
import { type SagaTables, sagaTables } from '../store/saga-tables.ts';
import type { SagaWaitingQueries, WaitingCount, WaitingQuery } from '../store/saga-waiting-queries.ts';

const GROUP = 'saga, definition_version, state, kind, name';
const MINE = 'saga in (select value from json_each(?1))';

/** What instances wait for, on SQLite. */
export class SqliteSagaWaitingQueries implements SagaWaitingQueries {
  readonly #tables: SagaTables;

  constructor(names: TableNames) {
    this.#tables = sagaTables(names);
  }

  timers(executor: SqlExecutor, query: WaitingQuery): Promise<readonly WaitingCount[]> {
    const { timer } = this.#tables;
    return this.#counts(executor, query, `select saga, key, timer as name from ${timer} where ${MINE}`);
  }

  parked(executor: SqlExecutor, query: WaitingQuery): Promise<readonly WaitingCount[]> {
    const { parked } = this.#tables;
    return this.#counts(executor, query, `select distinct saga, key, type as name from ${parked} where ${MINE}`);
  }

  async #counts(
    executor: SqlExecutor,
    { sagas, sample }: WaitingQuery,
    waiting: string,
  ): Promise<readonly WaitingCount[]> {
    const { rows } = await executor.execute({
      text: `select ${GROUP}, max(place) as instances, json_group_array(key) filter (where place <= ?2) as sample
from (
  select ${GROUP}, key, row_number() over (partition by ${GROUP} order by key) as place
  from (${waiting}) w left join ${this.#tables.instance} i using (saga, key) order by ${GROUP}, place
) group by ${GROUP} order by ${GROUP}`,
      values: [JSON.stringify(sagas), BigInt(sample)],
    });
    return rows.map(waitingCountOf);
  }
}
