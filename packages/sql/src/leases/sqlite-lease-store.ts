import { integerOption } from '@holdfast/core';
import { bigintColumn } from '../columns.ts';
import type { SqliteDatabase } from '../sqlite-database.ts';
import { SQLITE_NOW } from '../sqlite-now.ts';
import type { SqlStatement } from '../statement.ts';
import { TableNames } from '../table-names.ts';
import type { Lease, LeaseRequest, LeaseStore } from './lease-store.ts';

export interface SqliteLeaseStoreOptions {
  readonly database: SqliteDatabase;
  /** @default the prefix `holdfast` without a schema */
  readonly names?: TableNames;
}

/** Milliseconds since the Unix epoch by SQLite, i.e. by the host of the file, the same for every process on it. */

/** Leases in a SQLite table, one statement for each call. Throws {@link DatabaseBusyError} like any write. */
export class SqliteLeaseStore implements LeaseStore {
  readonly #database: SqliteDatabase;
  readonly #table: string;

  constructor({ database, names = new TableNames() }: SqliteLeaseStoreOptions) {
    this.#database = database;
    this.#table = names.table('lease');
  }

  async acquire({ name, holder, leaseMs }: LeaseRequest): Promise<Lease | null> {
    integerOption('leaseMs', leaseMs, { min: 1 });
    const { rows } = this.#database.executeSync(this.#acquireStatement(name, holder, leaseMs));
    const row = rows[0];
    return row === undefined ? null : { name, fencingToken: bigintColumn(row, 'fencing_token'), leaseMs };
  }

  async renew({ name, fencingToken, leaseMs }: Lease): Promise<boolean> {
    const { rowCount } = this.#database.executeSync({
      text: `update ${this.#table} set expires_at = ${SQLITE_NOW} + ?3 where name = ?1 and fencing_token = ?2 and expires_at > ${SQLITE_NOW}`,
      values: [name, fencingToken, BigInt(leaseMs)],
    });
    return rowCount > 0;
  }

  async release({ name, fencingToken }: Lease): Promise<void> {
    // The row stays, so that tokens grow for ever.
    this.#database.executeSync({
      text: `update ${this.#table} set holder = null, expires_at = 0 where name = ?1 and fencing_token = ?2`,
      values: [name, fencingToken],
    });
  }

  #acquireStatement(name: string, holder: string, leaseMs: number): SqlStatement {
    return {
      text: `insert into ${this.#table} as lease (name, holder, fencing_token, expires_at)
values (?1, ?2, 1, ${SQLITE_NOW} + ?3)
on conflict (name) do update set
  holder = excluded.holder,
  fencing_token = lease.fencing_token
    + case when lease.holder = excluded.holder and lease.expires_at > ${SQLITE_NOW} then 0 else 1 end,
  expires_at = ${SQLITE_NOW} + ?3
where lease.holder = excluded.holder or lease.expires_at <= ${SQLITE_NOW}
returning fencing_token`,
      values: [name, holder, BigInt(leaseMs)],
    };
  }
}
