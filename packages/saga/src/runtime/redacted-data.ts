/** In the place of what is not shown. */
export const REDACTED = '[redacted]';

/**
 * Data without what is at the redacted paths. `*` stands for any one step; a path covers what is inside of it. A key with dots in it
 * counts as one step and as several.
 */
export function redactedData(value: unknown, redact: readonly string[], path: readonly string[] = []): unknown {
  return redact.length === 0 ? value : hidden(value, { path, patterns: redact.map((pattern) => pattern.split('.')) });
}

function hidden(
  value: unknown,
  { path, patterns }: { readonly path: readonly string[]; readonly patterns: readonly (readonly string[])[] },
): unknown {
  if (patterns.some((pattern) => covers(pattern, path))) return REDACTED;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([step, inner]) => [
    step,
    hidden(inner, { path: [...path, step], patterns }),
  ]);
  return Array.isArray(value) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries);
}

/** Whether the path is what the pattern names, or inside of it. */
function covers(pattern: readonly string[], path: readonly string[]): boolean {
  if (pattern.length === 0) return true;
  const [step, ...inner] = path;
  if (step === undefined) return false;
  if (fits(pattern[0], step) && covers(pattern.slice(1), inner)) return true;
  const pieces = step.split('.');
  return (
    pieces.length > 1 &&
    pieces.every((piece, index) => fits(pattern[index], piece)) &&
    covers(pattern.slice(pieces.length), inner)
  );
}

function fits(named: string | undefined, step: string): boolean {
  return named === '*' || named === step;
}
