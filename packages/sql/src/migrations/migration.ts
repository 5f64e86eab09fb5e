import type { TableNames } from '../table-names.ts';

/**
 * One numbered step of a package's schema. Statements are pure functions of the table names, so that they can be
 * printed; each runs by itself, all of one migration in one transaction.
 */
export interface Migration {
  /** 1, 2, 3 … without gaps within a set. */
  readonly number: number;
  readonly title: string;
  up(names: TableNames): readonly string[];
  down(names: TableNames): readonly string[];
}

/** The migrations of one package for one dialect. Sets are independent of each other: each counts for itself. */
export interface MigrationSet {
  /** E.g. `outbox`. */
  readonly name: string;
  readonly dialect: 'postgresql' | 'sqlite';
  readonly migrations: readonly Migration[];
}
