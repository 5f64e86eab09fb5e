import { HoldfastError } from './holdfast-error.ts';

/** Thrown by a handler: this attempt failed, a later one may succeed. Foreign errors count as this too. */
export class TransientError extends HoldfastError {
  readonly code = 'ERR_CORE_TRANSIENT';
  override readonly failureClass = 'transient';
}
