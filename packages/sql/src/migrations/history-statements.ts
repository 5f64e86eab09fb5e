import type { NamedMigration } from '../errors/schema-mismatch-error.ts';
import type { SqlStatement } from '../statement.ts';
import type { DialectName } from '../transaction-adapter.ts';

export interface HistoryTable {
  /** Quoted. */
  readonly table: string;
  readonly dialect: DialectName;
}

export function recordStatement(
  { table, dialect }: HistoryTable,
  entry: NamedMigration & { readonly checksum: string },
): SqlStatement {
  const values = [entry.set, entry.number, entry.title, entry.checksum];
  return dialect === 'postgresql'
    ? {
        text: `insert into ${table} (set_name, number, title, checksum) values ($1, $2, $3, $4)`,
        values,
      }
    : {
        text: `insert into ${table} (set_name, number, title, checksum) values (?1, ?2, ?3, ?4)`,
        values,
      };
}

export function forgetStatement({ table, dialect }: HistoryTable, entry: NamedMigration): SqlStatement {
  const values = [entry.set, entry.number];
  return dialect === 'postgresql'
    ? { text: `delete from ${table} where set_name = $1 and number = $2`, values }
    : { text: `delete from ${table} where set_name = ?1 and number = ?2`, values };
}
