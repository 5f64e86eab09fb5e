import { HoldfastError, quoted } from '@holdfast/core';

/** A name that would become part of SQL text is not on the allow-list. Nothing was sent to the database. */
export class InvalidIdentifierError extends HoldfastError {
  readonly code = 'ERR_SQL_INVALID_IDENTIFIER';
  override readonly failureClass = 'permanent';
  /** What the name is for, e.g. `schema`. */
  readonly kind: string;
  /** The refused value, as given. */
  readonly value: unknown;

  constructor(kind: string, value: unknown, rule: string) {
    super(
      `The ${kind} ${typeof value === 'string' ? quoted(value) : `given, of type ${typeof value},`} is not a valid name: it must match ${rule}.`,
    );
    this.kind = kind;
    this.value = value;
  }
}
