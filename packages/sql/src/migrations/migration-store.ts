import type { NamedMigration } from '../errors/schema-mismatch-error.ts';
import type { SqlStatement } from '../statement.ts';
import type { AppliedMigration } from './migration-plan.ts';

/** How one dialect keeps the history of migrations. */
export interface MigrationStore {
  /** What has been applied; empty when the history's table does not exist yet. Changes nothing. */
  applied(): Promise<readonly AppliedMigration[]>;
  /**
   * In one transaction that excludes every other process: makes the history's table if need be, then runs the
   * statements that `decide` gives for the history as it is now. Nothing is left of it when one fails.
   */
  change(decide: (applied: readonly AppliedMigration[]) => MigrationChange | null): Promise<boolean>;
  /** The statements that make the history's table, for printing. */
  historyStatements(): readonly string[];
}

export interface MigrationChange {
  readonly migration: NamedMigration;
  readonly direction: 'up' | 'down';
  readonly statements: readonly string[];
  /** Records it in, or takes it out of the history. */
  readonly record: SqlStatement;
}
