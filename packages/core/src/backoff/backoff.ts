import type { Random } from '../ports/random.ts';

export interface BackoffOptions {
  /** Upper bound of the first pause, in milliseconds. It doubles with each attempt. */
  readonly baseMs: number;
  /** Upper bound of every pause, in milliseconds. */
  readonly maxMs: number;
  readonly random: Random;
}

/**
 * How long to pause before trying again, in milliseconds: exponential with *full jitter*, a number in
 * [0, min(maxMs, baseMs × 2^(attempt − 1))), so that clients that failed together do not come back together
 * (AWS Architecture Blog, "Exponential Backoff And Jitter", 2015).
 * @param attempt How many attempts failed, from 1. Any size.
 */
export function backoffMs(attempt: number, options: BackoffOptions): number {
  const { baseMs, maxMs, random } = options;
  // 2^1023 is the largest power that is a number; zero times infinity is none.
  const doublings = Math.min(1023, Math.max(0, Math.floor(attempt) - 1 || 0));
  const ceiling = Math.min(maxMs, baseMs * 2 ** doublings);
  return random.next() * ceiling;
}
