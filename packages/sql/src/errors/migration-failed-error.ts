import { HoldfastError } from '@holdfast/core';
import type { NamedMigration } from './schema-mismatch-error.ts';

/** A statement of a migration failed. The whole migration was rolled back; earlier ones stay applied. */
export class MigrationFailedError extends HoldfastError {
  readonly code = 'ERR_SQL_MIGRATION_FAILED';
  readonly migration: NamedMigration;
  readonly direction: 'up' | 'down';
  /** Counted from 1. */
  readonly statement: number;

  constructor(failure: MigrationFailure, options: ErrorOptions) {
    const { migration, direction, statement } = failure;
    super(
      `Migration ${migration.set} ${migration.number} "${migration.title}" (${direction}) failed at statement ${statement} and was rolled back as a whole.`,
      options,
    );
    this.migration = migration;
    this.direction = direction;
    this.statement = statement;
  }
}

export interface MigrationFailure {
  readonly migration: NamedMigration;
  readonly direction: 'up' | 'down';
  readonly statement: number;
}
