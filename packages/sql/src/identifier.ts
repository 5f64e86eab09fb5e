import { InvalidIdentifierError } from './errors/invalid-identifier-error.ts';

/** Longest name that the allow-list takes: PostgreSQL cuts names silently after 63 bytes. */
export const maxIdentifierLength = 48;

/**
 * Returns `value` when it is a lower-case ASCII name of at most `maxLength` characters; throws
 * {@link InvalidIdentifierError} for anything else. The only gate through which a name reaches SQL text.
 */
export function checkedIdentifier(kind: string, value: unknown, maxLength = maxIdentifierLength): string {
  // No `$` anchor pitfalls: without the m flag it matches the end of the input only.
  const rule = `^[a-z_][a-z0-9_]{0,${maxLength - 1}}$`;
  if (typeof value !== 'string' || !new RegExp(rule).test(value)) {
    throw new InvalidIdentifierError(kind, value, rule);
  }
  return value;
}

/** A checked name in double quotes, so that reserved words are names too. */
export function quotedIdentifier(kind: string, value: unknown, maxLength = maxIdentifierLength): string {
  return `"${checkedIdentifier(kind, value, maxLength)}"`;
}
