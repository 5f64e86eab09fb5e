import { SQLITE_NOW, type SqlExecutor, type TableNames } from '@holdfast/sql';
import type { SagaRetentionStore } from '../store/saga-retention-store.ts';
import { type SagaTables, sagaTables } from '../store/saga-tables.ts';

/** Retention on SQLite. What belongs to an instance is removed with it by a trigger. */
export class SqliteSagaRetentionStore implements SagaRetentionStore {
  readonly #tables: SagaTables;

  constructor(names: TableNames) {
    this.#tables = sagaTables(names);
  }

  async purge(
    executor: SqlExecutor,
    { sagas, limit }: { readonly sagas: readonly string[]; readonly limit: number },
  ): Promise<number> {
    const { instance } = this.#tables;
    const due = `select rowid from ${instance} where saga in (select value from json_each(?1)) and purge_at <= ${SQLITE_NOW}`;
    return removeFound(executor, {
      look: `${due} limit ?2`,
      remove: `delete from ${instance} where rowid in (${due} order by purge_at limit ?2)`,
      values: [JSON.stringify(sagas)],
      limit,
    });
  }

  async purgeUnmatched(
    executor: SqlExecutor,
    { saga, olderThanMs, limit }: { readonly saga: string; readonly olderThanMs: number; readonly limit: number },
  ): Promise<number> {
    const { instance, parked } = this.#tables;
    const due = `select position from ${parked} p where p.saga = ?1 and p.parked_at <= ${SQLITE_NOW} - ?3
and not exists (select 1 from ${instance} i where i.saga = p.saga and i.key = p.key)`;
    return removeFound(executor, {
      look: `${due} limit ?2`,
      remove: `delete from ${parked} where position in (${due} order by parked_at limit ?2)`,
      values: [saga, BigInt(Math.round(olderThanMs))],
      limit,
    });
  }
}

interface Removal {
  readonly look: string;
  readonly remove: string;
  /** `?1`, and those from `?3` on. */
  readonly values: readonly unknown[];
  readonly limit: number;
}

/** Most calls find nothing; they take no write lock. */
async function removeFound(executor: SqlExecutor, { look, remove, values, limit }: Removal): Promise<number> {
  const [first, ...others] = values;
  const found = await executor.execute({ text: look, values: [first, 1n, ...others] });
  if (found.rows.length === 0) return 0;
  const { rowCount } = await executor.execute({ text: remove, values: [first, BigInt(limit), ...others] });
  return rowCount;
}
