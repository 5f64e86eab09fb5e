import type { FailureClass } from './failure-class.ts';
import { isHoldfastError } from './holdfast-error.ts';

const MAX_CAUSES = 8;

/**
 * The failure class of whatever a handler threw: that of the nearest Holdfast error in its cause chain.
 * @returns `transient` for foreign errors. Never throws.
 */
export function failureClassOf(error: unknown): FailureClass {
  return (
    nearest(error, (candidate) => (isHoldfastError(candidate) ? candidate.failureClass : undefined)) ?? 'transient'
  );
}

/**
 * When it makes sense to try again, in milliseconds from now, if an error of Holdfast in the cause chain says so: because a downstream
 * asked to be left alone ({@link OverloadedError}), or because an outcome cannot be known earlier. Never throws.
 */
export function retryAfterMsOf(error: unknown): number | undefined {
  return nearest(error, (candidate) => {
    if (!isHoldfastError(candidate) || !('retryAfterMs' in candidate)) return undefined;
    const { retryAfterMs } = candidate;
    return typeof retryAfterMs === 'number' && Number.isFinite(retryAfterMs) && retryAfterMs >= 0
      ? retryAfterMs
      : undefined;
  });
}

function nearest<T>(error: unknown, pick: (candidate: unknown) => T | undefined): T | undefined {
  try {
    let candidate = error;
    for (let depth = 0; depth < MAX_CAUSES && candidate instanceof Error; depth += 1) {
      const found = pick(candidate);
      if (found !== undefined) return found;
      candidate = candidate.cause;
    }
  } catch {
    // An error object with a throwing getter is as foreign as any other.
  }
  return undefined;
}
