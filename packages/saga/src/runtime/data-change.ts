import { redactedData } from './redacted-data.ts';

/** One difference between the data before and after a transition. With neither `before` nor `after` it says how much was cut. */
export interface DataChange {
  /** `customer.address.city`, `items.0.quantity`; empty for the whole. */
  readonly path: string;
  /** Left out when it was not there. */
  readonly before?: unknown;
  /** Left out when it is gone. */
  readonly after?: unknown;
}

/** What differs between two JSON values, the items of lists by their positions, with what is at a redacted path left out. */
export function dataChanges(before: unknown, after: unknown, redact: readonly string[]): readonly DataChange[] {
  const changes: DataChange[] = [];
  compare({ before, after, path: [] }, (change) => changes.push(told(change, redact)));
  return changes;
}

interface Compared {
  /** `undefined`: it is not there. */
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
    compare({ before: own(before, step), after: own(after, step), path: [...path, step] }, tell);
  }
}

function isBranch(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** What is inherited, `constructor` and the like, is not data. */
function own(branch: Readonly<Record<string, unknown>>, step: string): unknown {
  return Object.hasOwn(branch, step) ? branch[step] : undefined;
}

function told({ before, after, path }: Compared, redact: readonly string[]): DataChange {
  return {
    path: path.join('.'),
    ...(before !== undefined && { before: redactedData(before, redact, path) }),
    ...(after !== undefined && { after: redactedData(after, redact, path) }),
  };
}
