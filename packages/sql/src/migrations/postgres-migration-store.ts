import { numberColumn, textColumn } from '../columns.ts';
import { MigrationFailedError } from '../errors/migration-failed-error.ts';
import type { PostgresDatabase } from '../postgres-database.ts';
import type { SqlExecutor, SqlRow } from '../statement.ts';
import type { TableNames } from '../table-names.ts';
import type { AppliedMigration } from './migration-plan.ts';
import type { MigrationChange, MigrationStore } from './migration-store.ts';

export interface PostgresMigrationStoreOptions {
  readonly names: TableNames;
  readonly lockTimeoutMs: number;
}

export class PostgresMigrationStore implements MigrationStore {
  readonly #database: PostgresDatabase;
  readonly #names: TableNames;
  readonly #table: string;
  readonly #lockTimeoutMs: number;

  constructor(database: PostgresDatabase, { names, lockTimeoutMs }: PostgresMigrationStoreOptions) {
    this.#database = database;
    this.#names = names;
    this.#table = names.table('migrations');
    this.#lockTimeoutMs = lockTimeoutMs;
  }

  async applied(): Promise<readonly AppliedMigration[]> {
    return (await this.#exists(this.#database)) ? this.#read(this.#database) : [];
  }

  change(decide: (applied: readonly AppliedMigration[]) => MigrationChange | null): Promise<boolean> {
    return this.#database.transaction(async (tx) => {
      await this.#excludeOthers(tx);
      await this.#createHistory(tx);
      const change = decide(await this.#read(tx));
      if (change === null) {
        return false;
      }
      await runChange(tx, change);
      return true;
    });
  }

  historyStatements(): readonly string[] {
    const table = `create table if not exists ${this.#table} (
  set_name text not null,
  number integer not null,
  title text not null,
  checksum text not null,
  applied_at timestamptz not null default clock_timestamp(),
  primary key (set_name, number)
)`;
    return this.#names.schema === undefined ? [table] : [`create schema if not exists "${this.#names.schema}"`, table];
  }

  /** Held to the end of the transaction, so that it also works behind a transaction-pooling proxy. */
  async #excludeOthers(tx: SqlExecutor): Promise<void> {
    const key = `holdfast migrations ${this.#table}`;
    await tx.execute({ text: 'select pg_advisory_xact_lock(hashtextextended($1, 0))', values: [key] });
    // Only now: waiting for another migrator is as long as a statement may be, waiting for a table in use is not.
    await tx.execute({
      text: "select set_config('lock_timeout', $1, true)",
      values: [`${this.#lockTimeoutMs}ms`],
    });
  }

  async #createHistory(tx: SqlExecutor): Promise<void> {
    if (await this.#exists(tx)) {
      return;
    }
    const schemaExists = await this.#schemaExists(tx);
    for (const text of this.historyStatements()) {
      // Even with "if not exists" it needs the right to create schemas, which an existing one makes needless.
      if (!(schemaExists && text.startsWith('create schema'))) {
        await tx.execute({ text, values: [] });
      }
    }
  }

  async #exists(executor: SqlExecutor): Promise<boolean> {
    const { rows } = await executor.execute({
      text: 'select to_regclass($1) is not null as present',
      values: [this.#table],
    });
    return rows[0]?.['present'] === true;
  }

  async #schemaExists(executor: SqlExecutor): Promise<boolean> {
    const { rowCount } = await executor.execute({
      text: 'select 1 from pg_catalog.pg_namespace where nspname = $1',
      values: [this.#names.schema ?? null],
    });
    return rowCount > 0;
  }

  async #read(executor: SqlExecutor): Promise<readonly AppliedMigration[]> {
    const { rows } = await executor.execute({
      text: `select set_name, number, title, checksum, extract(epoch from applied_at)::float8 * 1000 as applied_ms
from ${this.#table} order by set_name, number`,
      values: [],
    });
    return rows.map(appliedMigration);
  }
}

async function runChange(tx: SqlExecutor, change: MigrationChange): Promise<void> {
  const { migration, direction } = change;
  for (const [index, text] of change.statements.entries()) {
    try {
      await tx.execute({ text, values: [] });
    } catch (cause) {
      throw new MigrationFailedError({ migration, direction, statement: index + 1 }, { cause });
    }
  }
  await tx.execute(change.record);
}

/** The same columns on both dialects. */
export function appliedMigration(row: SqlRow): AppliedMigration {
  return {
    set: textColumn(row, 'set_name'),
    number: numberColumn(row, 'number'),
    title: textColumn(row, 'title'),
    checksum: textColumn(row, 'checksum'),
    appliedAt: new Date(numberColumn(row, 'applied_ms')),
  };
}
