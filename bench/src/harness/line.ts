import type { Summary } from './summary.ts';

/** What a figure is to reach. */
export type Target = { readonly least: number } | { readonly most: number };

/** A figure that has a target, or is worth comparing. */
export interface Check {
  /** What is compared, e.g. `× second insert`. */
  readonly of: string;
  readonly value: number;
  /** As in {@link Summary}; absent for a single measurement. */
  readonly spread?: number;
  readonly target?: Target;
}

/** One line of a report. */
export interface Line {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly spread?: number;
  /** CPU microseconds per message. */
  readonly nodeMicros?: number;
  readonly serverMicros?: number;
  readonly checks: readonly Check[];
  readonly samples?: readonly number[];
}

export type Verdict = 'pass' | 'miss' | 'none';

export function verdictOf({ value, target }: Check): Verdict {
  if (target === undefined) return 'none';
  const reached = 'least' in target ? value >= target.least : value <= target.most;
  return reached ? 'pass' : 'miss';
}

export function ratioCheck(of: string, ratio: Summary, target?: Target): Check {
  return { of, value: ratio.median, spread: ratio.spread, ...(target !== undefined && { target }) };
}
