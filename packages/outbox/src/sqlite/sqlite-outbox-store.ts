import { type Finding, integerOption } from '@holdfast/core';
import {
  type LeaseStore,
  type SqlExecutor,
  type SqliteDatabase,
  SqliteLeaseStore,
  type SyncSqlExecutor,
  sqlitePreflight,
  TableNames,
} from '@holdfast/sql';
import { UnknownDestinationError } from '../errors/unknown-destination-error.ts';
import type { LogRecord } from '../store/log-record.ts';
import type { LogWriter, SyncLogWriter } from '../store/log-writer.ts';
import type { DestinationDeclaration, OutboxStore } from '../store/outbox-store.ts';
import { WakeUp } from '../wake-up.ts';
import { AppendStatements } from './append-statements.ts';
import { declareDestinations, differing } from './declare-destinations.ts';
import { outboxTables } from './outbox-tables.ts';
import { SqliteHousekeepingStore } from './sqlite-housekeeping-store.ts';
import { SqliteLaneStore } from './sqlite-lane-store.ts';
import { SqliteParkingStore } from './sqlite-parking-store.ts';
import { SqliteReplayStore } from './sqlite-replay-store.ts';

export interface SqliteOutboxStoreOptions {
  readonly database: SqliteDatabase;
  /** @default prefix `holdfast` */
  readonly names?: TableNames;
}

/**
 * The outbox on SQLite 3.42 or newer. SQLite lets one transaction write at a time, so positions are given in commit
 * order and the cursor is a number.
 */
export class SqliteOutboxStore
  implements OutboxStore<SqlExecutor>, LogWriter<SqlExecutor>, SyncLogWriter<SyncSqlExecutor>
{
  readonly name: string;
  readonly writer: LogWriter<SqlExecutor> = this;
  readonly lanes: SqliteLaneStore;
  readonly parking: SqliteParkingStore;
  readonly housekeeping: SqliteHousekeepingStore;
  readonly replay: SqliteReplayStore;
  readonly leases: LeaseStore;
  readonly wakeUp = new WakeUp();
  readonly #database: SqliteDatabase;
  readonly #names: TableNames;
  readonly #append: AppendStatements;

  constructor({ database, names = new TableNames({}) }: SqliteOutboxStoreOptions) {
    this.#database = database;
    this.#names = names;
    this.#append = new AppendStatements(names);
    this.name = names.table('outbox').replaceAll('"', '');
    this.lanes = new SqliteLaneStore(database, names);
    this.parking = new SqliteParkingStore(database, names);
    this.housekeeping = new SqliteHousekeepingStore(database, names);
    this.replay = new SqliteReplayStore(database, names);
    this.leases = new SqliteLeaseStore({ database, names });
  }

  async append(executor: SqlExecutor, records: readonly LogRecord[]): Promise<void> {
    try {
      for (const statement of this.#append.for(records)) await executor.execute(statement);
    } catch (error) {
      throw sendError(error, records);
    }
  }

  appendSync(executor: SyncSqlExecutor, records: readonly LogRecord[]): void {
    try {
      for (const statement of this.#append.for(records)) executor.executeSync(statement);
    } catch (error) {
      throw sendError(error, records);
    }
  }

  async declareDestinations(declarations: readonly DestinationDeclaration[]): Promise<void> {
    const tables = outboxTables(this.#names);
    // Every start declares; only the first one needs the write lock.
    if (differing(this.#database, tables, declarations).length === 0) return;
    this.#database.transaction((tx) => declareDestinations(tx, tables, declarations));
  }

  /** How long relayed messages stay at least, for replay. */
  async setRetention(retention: { readonly seconds: number }): Promise<void> {
    const seconds = integerOption('seconds', retention.seconds, { min: 1, max: 30 * 86_400 });
    this.#database.executeSync({
      text: `update ${outboxTables(this.#names).destination} set rotation_seconds = ?1`,
      values: [seconds],
    });
  }

  async preflight(): Promise<readonly Finding[]> {
    return sqlitePreflight(this.#database);
  }
}

/** A destination without a row leaves the lane (or the delayed message's destination) null, which its column refuses. */
function sendError(error: unknown, records: readonly LogRecord[]): unknown {
  const refused = error instanceof Error && /NOT NULL constraint failed: \S+\.(lane|destination)$/.test(error.message);
  if (!refused) return error;
  return new UnknownDestinationError([...new Set(records.map((record) => record.destination))], { cause: error });
}
