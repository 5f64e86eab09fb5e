/**
 * The value as JSON with sorted keys, so that equal values are equal texts. What JSON leaves out or changes (`undefined`, dates) is
 * treated as JSON does.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, sortedKeys) ?? 'null';
}

/** The value as it is after JSON, frozen to its leaves: whoever changes it in place throws. */
export function frozenJson(canonical: string): unknown {
  return JSON.parse(canonical, (_, value: unknown) => Object.freeze(value));
}

function sortedKeys(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries);
}
