import { integerOption } from '@holdfast/core';
import { bigintColumn } from '../columns.ts';
import type { PostgresDatabase } from '../postgres-database.ts';
import type { SqlStatement } from '../statement.ts';
import { TableNames } from '../table-names.ts';
import type { Lease, LeaseRequest, LeaseStore } from './lease-store.ts';

export interface PostgresLeaseStoreOptions {
  readonly database: PostgresDatabase;
  /** @default the prefix `holdfast` without a schema */
  readonly names?: TableNames;
}

/**
 * Leases in a PostgreSQL table, one statement for each call. Time is `clock_timestamp()` of the server, read after the
 * row is locked; the clock of this process plays no part.
 */
export class PostgresLeaseStore implements LeaseStore {
  readonly #database: PostgresDatabase;
  readonly #table: string;

  constructor({ database, names = new TableNames() }: PostgresLeaseStoreOptions) {
    this.#database = database;
    this.#table = names.table('lease');
  }

  async acquire({ name, holder, leaseMs }: LeaseRequest): Promise<Lease | null> {
    integerOption('leaseMs', leaseMs, { min: 1 });
    const { rows } = await this.#database.execute(this.#acquireStatement(name, holder, leaseMs));
    const row = rows[0];
    return row === undefined ? null : { name, fencingToken: bigintColumn(row, 'fencing_token'), leaseMs };
  }

  async renew({ name, fencingToken, leaseMs }: Lease): Promise<boolean> {
    const { rowCount } = await this.#database.execute({
      text: `update ${this.#table}
set expires_at = clock_timestamp() + $3::float8 * interval '1 millisecond'
where name = $1 and fencing_token = $2 and expires_at > clock_timestamp()`,
      values: [name, fencingToken, leaseMs],
    });
    return rowCount > 0;
  }

  async release({ name, fencingToken }: Lease): Promise<void> {
    // The row stays, so that tokens grow for ever.
    await this.#database.execute({
      text: `update ${this.#table} set holder = null, expires_at = '-infinity' where name = $1 and fencing_token = $2`,
      values: [name, fencingToken],
    });
  }

  #acquireStatement(name: string, holder: string, leaseMs: number): SqlStatement {
    return {
      text: `insert into ${this.#table} as lease (name, holder, fencing_token, expires_at)
values ($1, $2, 1, clock_timestamp() + $3::float8 * interval '1 millisecond')
on conflict (name) do update set
  holder = excluded.holder,
  fencing_token = lease.fencing_token
    + case when lease.holder = excluded.holder and lease.expires_at > clock_timestamp() then 0 else 1 end,
  expires_at = clock_timestamp() + $3::float8 * interval '1 millisecond'
where lease.holder = excluded.holder or lease.expires_at <= clock_timestamp()
returning fencing_token`,
      values: [name, holder, leaseMs],
    };
  }
}
