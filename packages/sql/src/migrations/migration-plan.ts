import { createHash } from 'node:crypto';
import { InvalidOptionError } from '@holdfast/core';
import type { NamedMigration, SchemaMismatch } from '../errors/schema-mismatch-error.ts';
import { checkedIdentifier } from '../identifier.ts';
import { TableNames } from '../table-names.ts';
import type { Migration, MigrationSet } from './migration.ts';

/** A migration as the database remembers it. */
export interface AppliedMigration extends NamedMigration {
  readonly checksum: string;
  readonly appliedAt: Date;
}

export interface MigrationStatus extends NamedMigration {
  /** `drifted`: applied with other statements; `unknown`: applied by newer code. */
  readonly state: 'applied' | 'pending' | 'drifted' | 'unknown';
  readonly appliedAt: Date | null;
}

// One spelling of the names for all, so that a checksum does not depend on where the tables are.
const canonicalNames = new TableNames();

/** SHA-256 of the statements that apply it. How it is undone may be corrected afterwards. */
export function checksumOf(migration: Migration): string {
  return createHash('sha256')
    .update(JSON.stringify(migration.up(canonicalNames)))
    .digest('hex');
}

/** Throws when sets share a name, are of another dialect, or do not count 1, 2, 3 …. */
export function checkSets(sets: readonly MigrationSet[], dialect: MigrationSet['dialect']): void {
  const seen = new Set<string>();
  for (const set of sets) {
    checkedIdentifier('migration set', set.name);
    if (seen.has(set.name)) {
      throw new InvalidOptionError('sets', set.name, 'each set once');
    }
    seen.add(set.name);
    if (set.dialect !== dialect) {
      throw new InvalidOptionError('sets', `${set.name} for ${set.dialect}`, `sets for ${dialect}`);
    }
    set.migrations.forEach((migration, index) => {
      if (migration.number !== index + 1) {
        throw new InvalidOptionError(
          'sets',
          `${set.name} ${migration.number}`,
          'migrations numbered 1, 2, 3 … in order',
        );
      }
    });
  }
}

/** Every migration of the sets, and those of them that only the database knows. Other sets are somebody else's. */
export function statusOf(
  sets: readonly MigrationSet[],
  applied: readonly AppliedMigration[],
): readonly MigrationStatus[] {
  return sets.flatMap((set) => {
    const ofSet = applied.filter((one) => one.set === set.name);
    const known = set.migrations.map((migration) => knownStatus(set, migration, ofSet));
    const unknown = ofSet
      .filter(({ number }) => number > set.migrations.length)
      .map(({ number, title, appliedAt }) => ({
        set: set.name,
        number,
        title,
        state: 'unknown' as const,
        appliedAt,
      }));
    return [...known, ...unknown];
  });
}

function knownStatus(set: MigrationSet, migration: Migration, applied: readonly AppliedMigration[]): MigrationStatus {
  const named = { set: set.name, number: migration.number, title: migration.title };
  const row = applied.find(({ number }) => number === migration.number);
  if (row === undefined) {
    return { ...named, state: 'pending', appliedAt: null };
  }
  const state = row.checksum === checksumOf(migration) ? 'applied' : 'drifted';
  return { ...named, state, appliedAt: row.appliedAt };
}

export function mismatchOf(status: readonly MigrationStatus[]): SchemaMismatch {
  const inState = (state: MigrationStatus['state']): readonly NamedMigration[] =>
    status.filter((one) => one.state === state).map(({ set, number, title }) => ({ set, number, title }));
  return { missing: inState('pending'), unknown: inState('unknown'), drifted: inState('drifted') };
}
