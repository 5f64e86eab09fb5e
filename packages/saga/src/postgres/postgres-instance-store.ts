import { createHash } from 'node:crypto';
import {
  hasCommitHooks,
  type SqlExecutor,
  type SqlStatement,
  type TableNames,
  TransactionConflictError,
} from '@holdfast/sql';
import { IsolationLevelError } from '../errors/isolation-level-error.ts';
import { waitingEventOf } from '../rows/parked-row.ts';
import { STORED_COLUMNS, storedSagaOf } from '../rows/saga-row.ts';
import { inLockOrder } from '../store/in-lock-order.ts';
import type { InstanceStore } from '../store/instance-store.ts';
import type { WaitingEvent } from '../store/parked-event.ts';
import { type SagaId, sagaIdText } from '../store/saga-id.ts';
import { type SagaTables, sagaTables } from '../store/saga-tables.ts';
import type { SagaWrite } from '../store/saga-write.ts';
import type { StoredSaga } from '../store/stored-saga.ts';
import { DeferredWrites } from './deferred-writes.ts';
import { PreparedNames, type PreparedNamesOptions } from './prepared-names.ts';
import { isOtherVersion, WriteOneStatements } from './write-one-statement.ts';
import { WriteStatements } from './write-statement.ts';

/** Below what a server has room for by default, `max_locks_per_transaction` * `max_connections`. */
const LOCKS = 4_096n;

/** Instances on PostgreSQL: each call is one statement, for any number of them. */
export class PostgresInstanceStore implements InstanceStore {
  readonly #tables: SagaTables;
  readonly #names: PreparedNames;
  readonly #writes: WriteStatements;
  readonly #oneWrite: WriteOneStatements;
  readonly #seed: string;
  readonly #history: string;
  readonly #defers: boolean;
  readonly #deferred = new DeferredWrites();

  constructor(names: TableNames, options: PreparedNamesOptions & { readonly defers: boolean }) {
    this.#tables = sagaTables(names);
    this.#names = new PreparedNames(names, options);
    this.#writes = new WriteStatements(this.#tables, this.#names);
    this.#oneWrite = new WriteOneStatements(this.#tables, this.#names);
    this.#seed = this.#tables.instance;
    this.#history = names.unquoted('saga_history');
    this.#defers = options.defers;
  }

  load(executor: SqlExecutor, ids: readonly SagaId[]): Promise<readonly StoredSaga[]> {
    return this.#deferred.before(executor, () => this.#load(executor, ids, 'wait'));
  }

  lockMissing(executor: SqlExecutor, ids: readonly SagaId[]): Promise<readonly StoredSaga[]> {
    return this.#deferred.before(executor, () => this.#lockMissing(executor, ids));
  }

  async write(executor: SqlExecutor, writes: readonly SagaWrite[]): Promise<void> {
    if (writes.length === 0) return;
    if (this.#defers && hasCommitHooks(executor)) {
      const statement = this.#one(writes, { fails: true }) ?? this.#writes.write(inLockOrder(writes), { fails: true });
      const translateError = (error: unknown) => (isOtherVersion(error, this.#history) ? conflict(writes) : error);
      return this.#deferred.add(executor, { statement, translateError });
    }
    await this.#deferred.before(executor, () => this.#write(executor, writes));
  }

  async parkUnmatched(executor: SqlExecutor, events: readonly WaitingEvent[]): Promise<void> {
    if (events.length === 0) return;
    const statement = {
      text: `insert into ${this.#tables.parked} (saga, key, source, id, type, message)
select n.saga, n.key, n.source, n.id, n.type, n.message
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) with ordinality
  as n (saga, key, source, id, type, message, place) order by n.place
on conflict (saga, key, source, id) do nothing`,
      values: [
        ...idColumns(events.map(({ instance }) => instance)),
        events.map(({ event }) => event.source),
        events.map(({ event }) => event.id),
        events.map(({ event }) => event.type),
        events.map(({ event }) => event.message),
      ],
      ...this.#names.of('park'),
    };
    await this.#deferred.before(executor, () => executor.execute(statement));
  }

  async parked(executor: SqlExecutor, ids: readonly SagaId[]): Promise<readonly WaitingEvent[]> {
    if (ids.length === 0) return [];
    const statement = {
      text: `select p.saga, p.key, p.source, p.id, p.type, p.message from unnest($1::text[], $2::text[]) as n (saga, key)
cross join lateral (select * from ${this.#tables.parked} p where p.saga = n.saga and p.key = n.key offset 0) p
order by p.position`,
      values: idColumns(ids),
      ...this.#names.of('parked'),
    };
    const { rows } = await this.#deferred.before(executor, () => executor.execute(statement));
    return rows.map(waitingEventOf);
  }

  async #write(executor: SqlExecutor, writes: readonly SagaWrite[]): Promise<void> {
    const one = this.#one(writes, { fails: false });
    if (one !== null) {
      const { rowCount } = await executor.execute(one);
      if (rowCount !== 1) throw conflict(writes);
      return;
    }
    const { rows } = await executor.execute(this.#writes.write(inLockOrder(writes), { fails: false }));
    if (rows.length === writes.length) return;
    const written = new Set(rows.map(({ saga, key }) => `${saga} ${key}`));
    throw conflict(writes.filter((write) => !written.has(sagaIdText(write))));
  }

  /** `null`: they are not one that is short. */
  #one(writes: readonly SagaWrite[], options: { readonly fails: boolean }): SqlStatement | null {
    const [only] = writes;
    return only === undefined || writes.length > 1 ? null : this.#oneWrite.write(only, options);
  }

  async #lockMissing(executor: SqlExecutor, ids: readonly SagaId[]): Promise<readonly StoredSaga[]> {
    if (ids.length === 0) return [];
    const { rows: locked } = await executor.execute({
      text: `select pg_advisory_xact_lock(n), current_setting('transaction_isolation') as isolation from unnest($1::bigint[]) n`,
      values: [this.#locks(ids)],
      ...this.#names.of('lock'),
    });
    // It would not see what it has waited for.
    if (locked[0]?.isolation === 'repeatable read') throw new IsolationLevelError(locked[0].isolation);
    if (ids.length === 1) return this.#load(executor, ids, 'wait');
    // Somebody who has one of these may wait for a lock of ours.
    const rows = await this.#load(executor, ids, 'skip');
    await this.#refuseSkipped(executor, ids, rows);
    return rows;
  }

  async #load(executor: SqlExecutor, ids: readonly SagaId[], locked: 'wait' | 'skip'): Promise<readonly StoredSaga[]> {
    if (ids.length === 0) return [];
    const [only] = ids;
    const { rows } = await executor.execute(
      only !== undefined && ids.length === 1 && locked === 'wait' ? this.#loadOne(only) : this.#loadMany(ids, locked),
    );
    return rows.map(storedSagaOf);
  }

  /** With arrays of one it would be planned each time, for twice what it takes to run. */
  #loadOne({ saga, key }: SagaId): SqlStatement {
    return {
      text: `select ${STORED_COLUMNS} from ${this.#tables.instance} where saga = $1 and key = $2 for update`,
      values: [saga, key],
      ...this.#names.of('load_one'),
    };
  }

  /** By `limit`, each is found by the primary key, in the order of the entries, however many rows the planner believes there are. */
  #loadMany(ids: readonly SagaId[], locked: 'wait' | 'skip'): SqlStatement {
    return {
      text: `select i.* from unnest($1::text[], $2::text[]) as n (saga, key)
cross join lateral (
  select ${STORED_COLUMNS} from ${this.#tables.instance} i where i.saga = n.saga and i.key = n.key limit 1
  for update${locked === 'skip' ? ' skip locked' : ''}
) i`,
      values: idColumns(inLockOrder(ids)),
      ...this.#names.of(locked === 'skip' ? 'load_free' : 'load'),
    };
  }

  async #refuseSkipped(executor: SqlExecutor, ids: readonly SagaId[], loaded: readonly StoredSaga[]): Promise<void> {
    const found = new Set(loaded.map(sagaIdText));
    const others = ids.filter((id) => !found.has(sagaIdText(id)));
    if (others.length === 0) return;
    const { rows } = await executor.execute({
      text: `select i.* from unnest($1::text[], $2::text[]) as n (saga, key)
cross join lateral (
  select saga, key from ${this.#tables.instance} i where i.saga = n.saga and i.key = n.key limit 1
) i limit 1`,
      values: idColumns(others),
      ...this.#names.of('taken'),
    });
    const taken = rows[0];
    if (taken !== undefined) throw new TransactionConflictError(`instance "${taken.key}" of saga "${taken.saga}"`);
  }

  /** In ascending order: another transaction that locks some of them, too, takes them in the same one. */
  #locks(ids: readonly SagaId[]): readonly bigint[] {
    const base = hash(this.#seed) & ~(LOCKS - 1n);
    const locks = new Set(ids.map((id) => base + (hash(sagaIdText(id)) & (LOCKS - 1n))));
    return [...locks].sort((left, right) => (left < right ? -1 : 1));
  }
}

function hash(text: string): bigint {
  return createHash('sha256').update(text).digest().readBigInt64BE();
}

function idColumns(ids: readonly SagaId[]): readonly (readonly string[])[] {
  return [ids.map(({ saga }) => saga), ids.map(({ key }) => key)];
}

/** @param met one of which has another version, at least */
function conflict(met: readonly SagaWrite[]): TransactionConflictError {
  const [first] = met;
  const others = met.length > 1 ? ` or one of ${met.length - 1} others` : '';
  return new TransactionConflictError(`instance "${first?.key}" of saga "${first?.saga}"${others}`);
}
