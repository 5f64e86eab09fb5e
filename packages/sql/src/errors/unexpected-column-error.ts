import { HoldfastError } from '@holdfast/core';

/** A column of a result does not hold what the statement promises, e.g. after a manual change of a table. */
export class UnexpectedColumnError extends HoldfastError {
  readonly code = 'ERR_SQL_UNEXPECTED_COLUMN';
  readonly column: string;

  constructor(column: string, expected: string, value: unknown) {
    super(`Column "${column}" holds ${kindOf(value)}, expected ${expected}.`);
    this.column = column;
  }
}

// The value itself may be a payload, so only its kind is told.
function kindOf(value: unknown): string {
  return value === null ? 'null' : value instanceof Uint8Array ? 'bytes' : typeof value;
}
