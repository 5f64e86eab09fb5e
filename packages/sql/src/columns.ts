import { UnexpectedColumnError } from './errors/unexpected-column-error.ts';
import type { SqlRow } from './statement.ts';

/*
 * Drivers disagree on how an integer arrives: `pg` gives int8 as text, better-sqlite3 gives bigint or number by the
 * handle's setting. These read a column whatever the driver, exactly, or throw UnexpectedColumnError.
 */

/** An integer of any size. */
export function bigintColumn(row: SqlRow, column: string): bigint {
  const value = row[column];
  if (typeof value === 'bigint') {
    return value;
  }
  if (typeof value === 'number' && Number.isSafeInteger(value)) {
    return BigInt(value);
  }
  if (typeof value === 'string' && /^-?\d+$/.test(value)) {
    return BigInt(value);
  }
  throw new UnexpectedColumnError(column, 'an integer', value);
}

/** A number that a JavaScript number holds exactly when it is an integer. */
export function numberColumn(row: SqlRow, column: string): number {
  const value = row[column];
  const number =
    typeof value === 'bigint' || (typeof value === 'string' && value.trim() !== '') ? Number(value) : value;
  if (typeof number === 'number' && Math.abs(number) <= Number.MAX_SAFE_INTEGER) {
    return number;
  }
  throw new UnexpectedColumnError(column, 'a number', value);
}

export function textColumn(row: SqlRow, column: string): string {
  const value = row[column];
  if (typeof value === 'string') {
    return value;
  }
  throw new UnexpectedColumnError(column, 'text', value);
}

export function bytesColumn(row: SqlRow, column: string): Uint8Array {
  const value = row[column];
  if (value instanceof Uint8Array) {
    return value;
  }
  throw new UnexpectedColumnError(column, 'bytes', value);
}
