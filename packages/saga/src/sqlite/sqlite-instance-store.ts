import { type SqlExecutor, type TableNames, TransactionConflictError } from '@holdfast/sql';
import { waitingEventOf } from '../rows/parked-row.ts';
import { STORED_COLUMNS, storedSagaOf } from '../rows/saga-row.ts';
import type { InstanceStore } from '../store/instance-store.ts';
import type { WaitingEvent } from '../store/parked-event.ts';
import type { SagaId } from '../store/saga-id.ts';
import { sagaTables } from '../store/saga-tables.ts';
import type { SagaWrite } from '../store/saga-write.ts';
import type { StoredSaga } from '../store/stored-saga.ts';
import { WriteStatements } from './write-statements.ts';

/** Instances on SQLite: a statement for each, because it has no round trips to save. The transaction has the one write lock. */
export class SqliteInstanceStore implements InstanceStore {
  readonly #load: string;
  readonly #parked: string;
  readonly #statements: WriteStatements;

  constructor(names: TableNames) {
    const { instance, parked } = sagaTables(names);
    this.#load = `select ${STORED_COLUMNS} from ${instance} where saga = ?1 and key = ?2`;
    this.#parked = `select saga, key, source, id, type, message from ${parked} where saga = ?1 and key = ?2 order by position`;
    this.#statements = new WriteStatements(names);
  }

  async load(executor: SqlExecutor, ids: readonly SagaId[]): Promise<readonly StoredSaga[]> {
    const loaded: StoredSaga[] = [];
    for (const { saga, key } of ids) {
      const { rows } = await executor.execute({ text: this.#load, values: [saga, key] });
      loaded.push(...rows.map(storedSagaOf));
    }
    return loaded;
  }

  async lockMissing(): Promise<readonly StoredSaga[]> {
    return [];
  }

  async write(executor: SqlExecutor, writes: readonly SagaWrite[]): Promise<void> {
    for (const write of writes) {
      const { rowCount } = await executor.execute(this.#statements.instance(write));
      if (rowCount !== 1) throw new TransactionConflictError(`instance "${write.key}" of saga "${write.saga}"`);
      for (const statement of this.#statements.changes(write)) await executor.execute(statement);
    }
  }

  async parkUnmatched(executor: SqlExecutor, events: readonly WaitingEvent[]): Promise<void> {
    for (const { instance, event } of events) await executor.execute(this.#statements.park(instance, event));
  }

  async parked(executor: SqlExecutor, ids: readonly SagaId[]): Promise<readonly WaitingEvent[]> {
    const waiting: WaitingEvent[] = [];
    for (const { saga, key } of ids) {
      const { rows } = await executor.execute({ text: this.#parked, values: [saga, key] });
      waiting.push(...rows.map(waitingEventOf));
    }
    return waiting;
  }
}
