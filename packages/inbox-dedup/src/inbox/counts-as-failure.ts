import { failureClassOf } from '@holdfast/core';
import { classifyPostgresError, isRetryableTransactionError, type PostgresErrorClass } from '@holdfast/sql';

/** Also errors of outside calls end up here by their network codes: a provider that is down is not the message's fault. */
const nobodysFault: ReadonlySet<PostgresErrorClass> = new Set([
  'conflict',
  'unavailable',
  'exhausted',
  'timeout',
  'commit-unknown',
]);

/** Whether an error says something about the message: not an overload, an outage, a conflict, or a consumer that stops. */
export function countsAsFailure(error: unknown, signal: AbortSignal): boolean {
  if (signal.aborted || failureClassOf(error) === 'overloaded') return false;
  return !isRetryableTransactionError(error) && !nobodysFault.has(classifyPostgresError(error));
}
