import { backoffMs, type Clock, integerOption, type Random, SystemClock, SystemRandom } from '@holdfast/core';
import { isRetryableTransactionError } from './errors/is-retryable-transaction-error.ts';

export interface RetryTransactionOptions {
  /** How often the work is run at most, the first time included. @default 3 */
  readonly attempts?: number;
  /** The wait before attempt n is chosen evenly between 0 and `baseDelayMs * 2^(n-2)`. @default 20 */
  readonly baseDelayMs?: number;
  /** The longest wait. @default 1_000 */
  readonly maxDelayMs?: number;
  /** Stops waiting and trying; the last error is thrown. */
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
  readonly random?: Random;
}

/**
 * Runs `work`, a whole transaction from BEGIN to COMMIT, again after an error of {@link isRetryableTransactionError}:
 * at most `attempts` times, with full jitter (waits chosen evenly from zero up, so that losers of one conflict do not
 * meet again). Every other error, an unknown commit too, is thrown at once.
 */
export async function retryTransaction<Result>(
  work: (attempt: number) => Promise<Result>,
  options: RetryTransactionOptions = {},
): Promise<Result> {
  const attempts = integerOption('attempts', options.attempts, { min: 1, default: 3 });
  const baseDelayMs = integerOption('baseDelayMs', options.baseDelayMs, { min: 0, default: 20 });
  const maxDelayMs = integerOption('maxDelayMs', options.maxDelayMs, { min: 0, default: 1_000 });
  const { signal, clock = new SystemClock(), random = new SystemRandom() } = options;
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(attempt);
    } catch (error) {
      if (attempt >= attempts || signal?.aborted || !isRetryableTransactionError(error)) {
        throw error;
      }
      await clock.sleep(backoffMs(attempt, { baseMs: baseDelayMs, maxMs: maxDelayMs, random }), signal);
      if (signal?.aborted) {
        throw error;
      }
    }
  }
}
