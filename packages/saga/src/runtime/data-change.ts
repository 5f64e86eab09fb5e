/** One difference between the data before and after a transition. */
export interface DataChange {
  /** `customer.address.city`, `items.0.quantity`; empty for the whole. */
  readonly path: string;
  /** Left out when it was not there. */
  readonly before?: unknown;
  /** Left out when it is gone. */
  readonly after?: unknown;
}

const REDACTED = '[redacted]';

/** What differs between two JSON values, with what is at a redacted path (`*` stands for any one step) left out. */
export function dataChanges(before: unknown, after: unknown, redact: readonly string[]): readonly DataChange[] {
  const changes: DataChange[] = [];
  compare({ before, after, path: [] }, (change) => changes.push(redacted(change, redact)));
  return changes;
}

interface Compared {
  readonly before: unknown;
  readonly after: unknown;
  readonly path: readonly string[];
}

function compare({ before, after, path }: Compared, tell: (change: Compared) => void): void {
  if (Object.is(before, after)) return;
  if (!isBranch(before) || !isBranch(after) || Array.isArray(before) !== Array.isArray(after)) {
    tell({ before, after, path });
    return;
  }
  for (const step of new Set([...Object.keys(before), ...Object.keys(after)])) {
    compare({ before: before[step], after: after[step], path: [...path, step] }, tell);
  }
}

function isBranch(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function redacted({ before, after, path }: Compared, redact: readonly string[]): DataChange {
  const hide = (value: unknown) => hidden(value, { path, redact });
  return {
    path: path.join('.'),
    ...(before !== undefined && { before: hide(before) }),
    ...(after !== undefined && { after: hide(after) }),
  };
}

function hidden(
  value: unknown,
  { path, redact }: { readonly path: readonly string[]; readonly redact: readonly string[] },
): unknown {
  if (redact.some((pattern) => covers(pattern.split('.'), path))) return REDACTED;
  if (!isBranch(value)) return value;
  const entries = Object.entries(value).map(([step, inner]) => [
    step,
    hidden(inner, { path: [...path, step], redact }),
  ]);
  return Array.isArray(value) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries);
}

/** Whether the path is what the pattern names, or inside of it. */
function covers(pattern: readonly string[], path: readonly string[]): boolean {
  return path.length >= pattern.length && pattern.every((step, index) => step === '*' || step === path[index]);
}
