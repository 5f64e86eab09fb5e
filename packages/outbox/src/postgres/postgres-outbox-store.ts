import { type Finding, integerOption } from '@holdfast/core';
import {
  hasCommitHooks,
  type LeaseStore,
  type PostgresDatabase,
  PostgresLeaseStore,
  postgresPreflight,
  type SqlExecutor,
  TableNames,
} from '@holdfast/sql';
import { UnknownDestinationError } from '../errors/unknown-destination-error.ts';
import type { LogRecord } from '../store/log-record.ts';
import type { LogWriter } from '../store/log-writer.ts';
import type { DestinationDeclaration, OutboxStore } from '../store/outbox-store.ts';
import { WakeUp } from '../wake-up.ts';
import { AppendStatements } from './append-statements.ts';
import { declareDestinations, differing } from './declare-destinations.ts';
import { DeferredAppends } from './deferred-appends.ts';
import { outboxTables } from './outbox-tables.ts';
import { PostgresHousekeepingStore } from './postgres-housekeeping-store.ts';
import { PostgresLaneStore } from './postgres-lane-store.ts';
import { PostgresParkingStore } from './postgres-parking-store.ts';
import { PostgresReplayStore } from './postgres-replay-store.ts';

export interface PostgresOutboxStoreOptions {
  readonly database: PostgresDatabase;
  /** @default schema of the search path, prefix `holdfast` */
  readonly names?: TableNames;
  /**
   * Prepares the statements that write, once per connection. Switch off behind a proxy that pools by transaction and
   * does not know prepared statements (pgbouncer before 1.21). @default true
   */
  readonly preparedStatements?: boolean;
  /**
   * In a transaction of `transact` (`@holdfast/sql/pg`), collects what is sent and writes it last, in the round trip of
   * COMMIT when the pool is pipelined. Not together with savepoints: what they roll back would be sent all the same.
   * Errors then come from the commit. @default false
   */
  readonly deferToCommit?: boolean;
}

/**
 * The outbox on PostgreSQL 15 or newer. See `docs/decisions/` 0001, 0005 and 0006 for how it reads by snapshots.
 */
export class PostgresOutboxStore implements OutboxStore<SqlExecutor>, LogWriter<SqlExecutor> {
  readonly name: string;
  readonly writer: LogWriter<SqlExecutor> = this;
  readonly lanes: PostgresLaneStore;
  readonly parking: PostgresParkingStore;
  readonly housekeeping: PostgresHousekeepingStore;
  readonly replay: PostgresReplayStore;
  readonly leases: LeaseStore;
  readonly wakeUp = new WakeUp();
  readonly #database: PostgresDatabase;
  readonly #names: TableNames;
  readonly #append: AppendStatements;
  readonly #deferred: DeferredAppends;
  readonly #defers: boolean;

  constructor(options: PostgresOutboxStoreOptions) {
    const { database, names = new TableNames(), preparedStatements = true, deferToCommit = false } = options;
    this.#database = database;
    this.#defers = deferToCommit;
    this.#names = names;
    this.#append = new AppendStatements(names, { prepared: preparedStatements });
    this.#deferred = new DeferredAppends(
      (records) => this.#append.for(records),
      (error, records) => this.#translated(error, records),
    );
    this.name = names.table('outbox').replaceAll('"', '');
    this.lanes = new PostgresLaneStore(database, names);
    this.parking = new PostgresParkingStore(database, names);
    this.housekeeping = new PostgresHousekeepingStore(database, names);
    this.replay = new PostgresReplayStore(database, names);
    this.leases = new PostgresLeaseStore({ database, names });
  }

  async append(executor: SqlExecutor, records: readonly LogRecord[]): Promise<void> {
    if (hasCommitHooks(executor)) {
      executor.onCommitted(() => this.wakeUp.signal());
      if (this.#defers) {
        this.#deferred.add(executor, records);
        return;
      }
    }
    try {
      await executor.execute(this.#append.for(records));
    } catch (error) {
      throw this.#translated(error, records);
    }
  }

  async declareDestinations(declarations: readonly DestinationDeclaration[]): Promise<void> {
    const tables = outboxTables(this.#names);
    // In a transaction of its own: two that had read the table and then asked for its lock would deadlock.
    if ((await differing(this.#database, tables, declarations)).length === 0) return;
    await this.#database.transaction((tx) => declareDestinations(tx, tables, declarations));
  }

  /**
   * How long messages stay at least, for replay. They are freed within three times that, later while one of the same age
   * waits to be relayed or a transaction that wrote one is open. @default 3_600
   */
  async setRetention(retention: { readonly seconds: number }): Promise<void> {
    const seconds = integerOption('seconds', retention.seconds, { min: 1, max: 30 * 86_400 });
    await this.#database.execute({
      text: `update ${outboxTables(this.#names).destination} set rotation_seconds = $1`,
      values: [seconds],
    });
  }

  preflight(): Promise<readonly Finding[]> {
    return postgresPreflight(this.#database);
  }

  /** A destination without a row leaves slot and lane null: no partition takes the row, or its delay has no parent. */
  #translated(error: unknown, records: readonly LogRecord[]): unknown {
    const { code, table } = (error ?? {}) as { readonly code?: unknown; readonly table?: unknown };
    const isOurs = table === this.#names.unquoted('outbox_log') || table === this.#names.unquoted('outbox_delayed');
    const isUnroutable = code === '23514' || code === '23502' || code === '23503';
    if (!isOurs || !isUnroutable) return error;
    return new UnknownDestinationError([...new Set(records.map(({ destination }) => destination))], { cause: error });
  }
}
