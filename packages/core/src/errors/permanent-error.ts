import { HoldfastError } from './holdfast-error.ts';

/** Thrown by a handler: the message can never succeed as it is. It goes to the dead-letter queue without a retry. */
export class PermanentError extends HoldfastError {
  readonly code = 'ERR_CORE_PERMANENT';
  override readonly failureClass = 'permanent';
}
