import { HoldfastError } from '@holdfast/core';

/** One migration of one set, as errors and listings name it: `outbox 2 "add lanes"`. */
export interface NamedMigration {
  readonly set: string;
  readonly number: number;
  readonly title: string;
}

export interface SchemaMismatch {
  /** Known to this code, not applied to the database. */
  readonly missing: readonly NamedMigration[];
  /** Applied to the database, not known to this code: the database is newer. */
  readonly unknown: readonly NamedMigration[];
  /** Applied with other statements than this code has under that number. */
  readonly drifted: readonly NamedMigration[];
}

/** The database's tables are not the ones that this code was written for. Nothing was changed. */
export class SchemaMismatchError extends HoldfastError implements SchemaMismatch {
  readonly code = 'ERR_SQL_SCHEMA_MISMATCH';
  readonly missing: readonly NamedMigration[];
  readonly unknown: readonly NamedMigration[];
  readonly drifted: readonly NamedMigration[];

  constructor(mismatch: SchemaMismatch) {
    super(describe(mismatch));
    this.missing = mismatch.missing;
    this.unknown = mismatch.unknown;
    this.drifted = mismatch.drifted;
  }
}

function describe({ missing, unknown, drifted }: SchemaMismatch): string {
  const sentences = ['The database schema does not fit this code.'];
  if (missing.length > 0) {
    sentences.push(`Missing: ${listed(missing)}. Run "await migrator.up()", or apply "migrator.print('up')" by hand.`);
  }
  if (unknown.length > 0) {
    sentences.push(
      `Unknown: ${listed(unknown)}. The database is newer: deploy the code that has them, or let that code run "await migrator.down({ set, to })".`,
    );
  }
  if (drifted.length > 0) {
    sentences.push(
      `Drifted: ${listed(drifted)}. They were applied with other statements: never change an applied migration, add a new one.`,
    );
  }
  return sentences.join(' ');
}

function listed(migrations: readonly NamedMigration[]): string {
  return migrations.map(({ set, number, title }) => `${set} ${number} "${title}"`).join(', ');
}
