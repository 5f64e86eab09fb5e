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
  const comparison = new Comparison(redact);
  comparison.compare(before, after);
  return comparison.changes;
}

/** Each transition compares all of its data: one path for all steps costs half of a path for each. */
class Comparison {
  readonly changes: DataChange[] = [];
  readonly #redact: readonly string[];
  /** Where it is. */
  readonly #path: string[] = [];

  constructor(redact: readonly string[]) {
    this.#redact = redact;
  }

  /** `undefined`: it is not there. */
  compare(before: unknown, after: unknown): void {
    if (Object.is(before, after)) return;
    if (!isBranch(before) || !isBranch(after) || Array.isArray(before) !== Array.isArray(after)) {
      this.changes.push(this.#told(before, after));
      return;
    }
    for (const step of Object.keys(before)) this.#compareAt(step, before[step], own(after, step));
    for (const step of Object.keys(after)) {
      if (!Object.hasOwn(before, step)) this.#compareAt(step, undefined, after[step]);
    }
  }

  #compareAt(step: string, before: unknown, after: unknown): void {
    this.#path.push(step);
    this.compare(before, after);
    this.#path.pop();
  }

  #told(before: unknown, after: unknown): DataChange {
    const path = this.#path;
    return {
      path: path.join('.'),
      ...(before !== undefined && { before: redactedData(before, this.#redact, path) }),
      ...(after !== undefined && { after: redactedData(after, this.#redact, path) }),
    };
  }
}

function isBranch(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** What is inherited, `constructor` and the like, is not data. */
function own(branch: Readonly<Record<string, unknown>>, step: string): unknown {
  return Object.hasOwn(branch, step) ? branch[step] : undefined;
}
