import { failureClassOf, isHoldfastError } from '@holdfast/core';
import { classifyPostgresError, isRetryableTransactionError, type PostgresErrorClass } from '@holdfast/sql';

/** Also errors of outside calls end up here by their network codes: a provider that is down is not the message's fault. */
const nobodysFault: ReadonlySet<PostgresErrorClass> = new Set([
  'conflict',
  'unavailable',
  'exhausted',
  'timeout',
  'commit-unknown',
]);

/**
 * Whether an error says something about the message that was started: not an overload, an outage, a conflict, or a consumer
 * that stops. Nor another message under its id, which is not it.
 */
export function countsAsFailure(error: unknown, signal: AbortSignal): boolean {
  if (signal.aborted || failureClassOf(error) === 'overloaded') return false;
  if (isHoldfastError(error, 'ERR_INBOX_ID_REUSED')) return false;
  return !isRetryableTransactionError(error) && !nobodysFault.has(classifyPostgresError(error));
}
