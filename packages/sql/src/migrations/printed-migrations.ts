import type { SqlStatement } from '../statement.ts';
import type { MigrationChange } from './migration-store.ts';

/** A script that does what the migrator would do, one transaction for each migration. */
export function printedMigrations(changes: readonly MigrationChange[], first: readonly string[]): string {
  const parts = changes.map(({ migration, direction, statements, record }) =>
    [
      `-- ${migration.set} ${migration.number}: ${migration.title.replace(/\s+/g, ' ')} (${direction})`,
      'begin;',
      ...statements.map(terminated),
      terminated(inlined(record)),
      'commit;',
    ].join('\n'),
  );
  const history = first.length === 0 ? [] : [['-- history', ...first.map(terminated)].join('\n')];
  return `${[...history, ...parts].join('\n\n')}\n`;
}

function terminated(statement: string): string {
  const text = statement.trim();
  return text.endsWith(';') ? text : `${text};`;
}

/** The only place where values become text: our own titles, names, numbers and checksums, on paper. */
function inlined({ text, values }: SqlStatement): string {
  return text.replace(/[$?](\d+)/g, (_placeholder, number: string) => {
    const value = values[Number(number) - 1];
    return typeof value === 'number' ? String(value) : `'${String(value).replaceAll("'", "''")}'`;
  });
}
