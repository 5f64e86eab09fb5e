import { SQLITE_NOW, type SqlStatement, type TableNames } from '@holdfast/sql';
import { HISTORY_COLUMNS, historyValues } from '../rows/history-row.ts';
import { STORED_COLUMNS } from '../rows/saga-row.ts';
import type { ParkedEvent } from '../store/parked-event.ts';
import type { SagaId } from '../store/saga-id.ts';
import { sagaTables } from '../store/saga-tables.ts';
import type { SagaWrite } from '../store/saga-write.ts';

/** The statements that write one instance on SQLite: each is compiled once, however many rows there are. */
export class WriteStatements {
  readonly #insert: string;
  readonly #update: string;
  readonly #history: string;
  readonly #cancel: string;
  readonly #schedule: string;
  readonly #park: string;
  readonly #release: string;

  constructor(names: TableNames) {
    const { instance, history, timer, parked } = sagaTables(names);
    this.#insert = `insert into ${instance} (${STORED_COLUMNS}, started_at, changed_at, finished_at, purge_at)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ${SQLITE_NOW}, ${SQLITE_NOW}, iif(?11 is null, null, ${SQLITE_NOW}), ${SQLITE_NOW} + ?11)
on conflict do nothing`;
    this.#update = `update ${instance} set definition_version = ?3, state = ?4, kind = ?5, data = ?6, version = ?7, transitions = ?8,
  correlation_id = ?9, parked = ?10, changed_at = iif(transitions = ?8, changed_at, ${SQLITE_NOW}),
  finished_at = iif(?11 is null, null, coalesce(finished_at, ${SQLITE_NOW})), purge_at = ${SQLITE_NOW} + ?11
where saga = ?1 and key = ?2 and version = ?12`;
    this.#history = `insert into ${history} (saga, key, ${HISTORY_COLUMNS})
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)`;
    this.#cancel = `delete from ${timer} where saga = ?1 and key = ?2 and timer = ?3`;
    this.#schedule = `insert into ${timer} (saga, key, timer, epoch, due_at) values (?1, ?2, ?3, ?4, ${SQLITE_NOW} + ?5)
on conflict (saga, key, timer) do update set epoch = excluded.epoch, due_at = excluded.due_at, failures = 0, last_error = null`;
    this.#park = `insert into ${parked} (saga, key, source, id, type, message) values (?1, ?2, ?3, ?4, ?5, ?6)
on conflict (saga, key, source, id) do nothing`;
    this.#release = `delete from ${parked} where saga = ?1 and key = ?2 and source = ?3 and id = ?4`;
  }

  /** Writes one row when the version is the expected one, or none. */
  instance(write: SagaWrite): SqlStatement {
    const { saga, key, definitionVersion, state, kind, data, version, transitions, correlationId, parked } = write;
    const { keepMs, expectedVersion } = write;
    const values = [
      saga,
      key,
      BigInt(definitionVersion),
      state,
      kind,
      data,
      BigInt(version),
      BigInt(transitions),
      correlationId,
      BigInt(parked),
      keepMs === null ? null : whole(keepMs),
    ];
    if (expectedVersion === null) return { text: this.#insert, values };
    return { text: this.#update, values: [...values, BigInt(expectedVersion)] };
  }

  /** Cancels before it schedules: a timer that is in both ends set. */
  *changes(write: SagaWrite): Iterable<SqlStatement> {
    const { saga, key, version } = write;
    for (const entry of write.history) {
      const [number, ...texts] = historyValues(entry);
      yield { text: this.#history, values: [saga, key, BigInt(number), ...texts] };
    }
    for (const timer of write.cancel) yield { text: this.#cancel, values: [saga, key, timer] };
    for (const { timer, afterMs } of write.schedule) {
      yield { text: this.#schedule, values: [saga, key, timer, BigInt(version), whole(afterMs)] };
    }
    for (const event of write.park) yield this.park(write, event);
    for (const { source, id } of write.release) yield { text: this.#release, values: [saga, key, source, id] };
  }

  park({ saga, key }: SagaId, { source, id, type, message }: ParkedEvent): SqlStatement {
    return { text: this.#park, values: [saga, key, source, id, type, message] };
  }
}

function whole(ms: number): bigint {
  return BigInt(Math.round(ms));
}
