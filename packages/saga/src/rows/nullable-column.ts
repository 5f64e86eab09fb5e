import { numberColumn, type SqlRow, textColumn } from '@holdfast/sql';

export function nullableNumber(row: SqlRow, column: string): number | null {
  return row[column] === null ? null : numberColumn(row, column);
}

export function nullableText(row: SqlRow, column: string): string | null {
  return row[column] === null ? null : textColumn(row, column);
}
