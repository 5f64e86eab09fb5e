import { HoldfastError } from './holdfast-error.ts';

/** Thrown by a handler: a call was sent and its answer lost, so its effect may have happened. */
export class UnknownOutcomeError extends HoldfastError {
  readonly code = 'ERR_CORE_UNKNOWN_OUTCOME';
  override readonly failureClass = 'unknown';
}
