import { MigrationFailedError } from '../errors/migration-failed-error.ts';
import type { SqliteDatabase } from '../sqlite-database.ts';
import type { SyncSqlExecutor } from '../statement.ts';
import type { TableNames } from '../table-names.ts';
import type { AppliedMigration } from './migration-plan.ts';
import type { MigrationChange, MigrationStore } from './migration-store.ts';
import { appliedMigration } from './postgres-migration-store.ts';

export class SqliteMigrationStore implements MigrationStore {
  readonly #database: SqliteDatabase;
  readonly #names: TableNames;
  readonly #table: string;

  constructor(database: SqliteDatabase, names: TableNames) {
    this.#database = database;
    this.#names = names;
    this.#table = names.table('migrations');
  }

  async applied(): Promise<readonly AppliedMigration[]> {
    return this.#exists() ? this.#read(this.#database) : [];
  }

  /** BEGIN IMMEDIATE lets one writer in, so that others wait for the busy timeout. */
  async change(decide: (applied: readonly AppliedMigration[]) => MigrationChange | null): Promise<boolean> {
    return this.#database.transaction((tx) => {
      for (const text of this.historyStatements()) {
        tx.executeSync({ text, values: [] });
      }
      const change = decide(this.#read(tx));
      if (change === null) {
        return false;
      }
      runChange(tx, change);
      return true;
    });
  }

  historyStatements(): readonly string[] {
    return [
      `create table if not exists ${this.#table} (
  set_name text not null,
  number integer not null,
  title text not null,
  checksum text not null,
  applied_at integer not null default (cast(unixepoch('subsec') * 1000 as integer)),
  primary key (set_name, number)
) strict`,
    ];
  }

  #exists(): boolean {
    const catalogue = this.#names.schema === undefined ? 'sqlite_master' : `"${this.#names.schema}".sqlite_master`;
    const { rowCount } = this.#database.executeSync({
      text: `select 1 from ${catalogue} where type = 'table' and name = ?1`,
      values: [this.#names.unquoted('migrations')],
    });
    return rowCount > 0;
  }

  #read(executor: SyncSqlExecutor): readonly AppliedMigration[] {
    const { rows } = executor.executeSync({
      text: `select set_name, number, title, checksum, applied_at as applied_ms
from ${this.#table} order by set_name, number`,
      values: [],
    });
    return rows.map(appliedMigration);
  }
}

function runChange(tx: SyncSqlExecutor, change: MigrationChange): void {
  const { migration, direction } = change;
  change.statements.forEach((text, index) => {
    try {
      tx.executeSync({ text, values: [] });
    } catch (cause) {
      throw new MigrationFailedError({ migration, direction, statement: index + 1 }, { cause });
    }
  });
  tx.executeSync(change.record);
}
