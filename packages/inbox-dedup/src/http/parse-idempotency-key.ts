/** A structured string (RFC 9651): printable ASCII in quotes, `"` and `\` escaped. */
const STRUCTURED = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;
/** What clients send that know nothing of structured fields. Without comma and semicolon, which would be lists and parameters. */
const BARE = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+$/;

/**
 * The key in the value of an `Idempotency-Key` header: `"abc"`, or bare `abc`, which is the same key. `null` when it is malformed: empty,
 * longer than `maxLength` characters, with control characters or beyond ASCII, or two headers (which arrive joined by a comma).
 */
export function parseIdempotencyKey(value: string, maxLength: number): string | null {
  // Escapes double a character at most, and the quotes are two more.
  if (value.length > 2 * maxLength + 2) return null;
  const structured = STRUCTURED.exec(value)?.[1];
  const key = structured === undefined ? BARE.exec(value)?.[0] : structured.replace(/\\(.)/g, '$1');
  return key === undefined || key === '' || key.length > maxLength ? null : key;
}
