import { InvalidOptionError, integerOption } from '@holdfast/core';
import { type NamedMigration, SchemaMismatchError } from '../errors/schema-mismatch-error.ts';
import type { PostgresDatabase } from '../postgres-database.ts';
import type { SqliteDatabase } from '../sqlite-database.ts';
import { TableNames } from '../table-names.ts';
import { forgetStatement, recordStatement } from './history-statements.ts';
import type { Migration, MigrationSet } from './migration.ts';
import {
  type AppliedMigration,
  checkSets,
  checksumOf,
  type MigrationStatus,
  mismatchOf,
  statusOf,
} from './migration-plan.ts';
import type { MigrationChange, MigrationStore } from './migration-store.ts';
import { PostgresMigrationStore } from './postgres-migration-store.ts';
import { printedMigrations } from './printed-migrations.ts';
import { SqliteMigrationStore } from './sqlite-migration-store.ts';

export interface MigratorOptions {
  readonly database: PostgresDatabase | SqliteDatabase;
  /** @default the prefix `holdfast` without a schema */
  readonly names?: TableNames;
  readonly sets: readonly MigrationSet[];
  /** How long a statement waits for a lock on a table that is in use (PostgreSQL). @default 5_000 */
  readonly lockTimeoutMs?: number;
}

export interface DownTarget {
  /** The name of the set. */
  readonly set: string;
  /** The number that stays as the last one; 0 takes out the whole set. */
  readonly to: number;
}

/**
 * Brings the tables of Holdfast's packages to what this code needs, and checks that they are. Each migration runs in
 * one transaction, recorded with a checksum of its statements; processes that migrate at once wait for each other.
 */
export class Migrator {
  readonly #store: MigrationStore;
  readonly #names: TableNames;
  readonly #sets: readonly MigrationSet[];

  constructor(options: MigratorOptions) {
    const { database, sets } = options;
    checkSets(sets, database.dialect);
    this.#sets = sets;
    this.#names = options.names ?? new TableNames();
    const lockTimeoutMs = integerOption('lockTimeoutMs', options.lockTimeoutMs, { min: 1, default: 5_000 });
    this.#store =
      database.dialect === 'postgresql'
        ? new PostgresMigrationStore(database, { names: this.#names, lockTimeoutMs })
        : new SqliteMigrationStore(database, this.#names);
  }

  /**
   * Applies what is pending, set by set, and returns what it applied. Throws {@link SchemaMismatchError} before
   * touching a set that has drifted or is newer than this code, {@link MigrationFailedError} when a statement fails.
   */
  async up(): Promise<readonly NamedMigration[]> {
    const done: NamedMigration[] = [];
    for (const set of this.#sets) {
      for (const migration of await this.#pendingOf(set)) {
        const change = this.#change(set, migration, 'up');
        // Another process may have been faster, so the history is looked at again under the lock.
        if (await this.#store.change((applied) => (isPending(set, migration, applied) ? change : null))) {
          done.push(change.migration);
        }
      }
    }
    return done;
  }

  /** Takes out the migrations of one set above `to`, the newest first, and returns what it took out. */
  async down({ set: name, to }: DownTarget): Promise<readonly NamedMigration[]> {
    const set = this.#sets.find((one) => one.name === name);
    if (set === undefined) {
      throw new InvalidOptionError('set', name, `one of ${this.#sets.map((one) => `"${one.name}"`).join(', ')}`);
    }
    integerOption('to', to, { min: 0, max: set.migrations.length });
    const done: NamedMigration[] = [];
    for (const migration of set.migrations.slice(to).reverse()) {
      const change = this.#change(set, migration, 'down');
      if (await this.#store.change((applied) => (isApplied(set, migration, applied) ? change : null))) {
        done.push(change.migration);
      }
    }
    return done;
  }

  /** Every migration with its state, in the order of the sets. Changes nothing. */
  async status(): Promise<readonly MigrationStatus[]> {
    return statusOf(this.#sets, await this.#store.applied());
  }

  /** For start-up: throws {@link SchemaMismatchError}, which names what is missing, unknown or drifted. Changes nothing. */
  async check(): Promise<void> {
    const mismatch = mismatchOf(await this.status());
    if (mismatch.missing.length + mismatch.unknown.length + mismatch.drifted.length > 0) {
      throw new SchemaMismatchError(mismatch);
    }
  }

  /** The same as SQL text, for those who run their own migrations: with the history, so that `check()` is content. */
  print(direction: 'up' | 'down'): string {
    const changes = this.#sets.flatMap((set) => set.migrations.map((one) => this.#change(set, one, direction)));
    return direction === 'up'
      ? printedMigrations(changes, this.#store.historyStatements())
      : printedMigrations(changes.reverse(), []);
  }

  #change(set: MigrationSet, migration: Migration, direction: 'up' | 'down'): MigrationChange {
    const named = { set: set.name, number: migration.number, title: migration.title };
    const history = { table: this.#names.table('migrations'), dialect: set.dialect };
    return direction === 'up'
      ? {
          migration: named,
          direction,
          statements: migration.up(this.#names),
          record: recordStatement(history, { ...named, checksum: checksumOf(migration) }),
        }
      : {
          migration: named,
          direction,
          statements: migration.down(this.#names),
          record: forgetStatement(history, named),
        };
  }

  async #pendingOf(set: MigrationSet): Promise<readonly Migration[]> {
    const applied = await this.#store.applied();
    return set.migrations.filter((migration) => isPending(set, migration, applied));
  }
}

function isPending(set: MigrationSet, migration: Migration, applied: readonly AppliedMigration[]): boolean {
  const status = statusOf([set], applied);
  const { unknown, drifted } = mismatchOf(status);
  if (unknown.length + drifted.length > 0) {
    throw new SchemaMismatchError({ missing: [], unknown, drifted });
  }
  return status[migration.number - 1]?.state === 'pending';
}

function isApplied(set: MigrationSet, migration: Migration, applied: readonly AppliedMigration[]): boolean {
  const status = statusOf([set], applied);
  const { unknown } = mismatchOf(status);
  if (unknown.length > 0) {
    // What newer code added may build on this one.
    throw new SchemaMismatchError({ missing: [], unknown, drifted: [] });
  }
  return status[migration.number - 1]?.state !== 'pending';
}
