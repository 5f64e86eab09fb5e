import { HoldfastError } from './holdfast-error.ts';
import { quoted } from './quoted.ts';

/** A message of a type that the receiver has no definition for. */
export class UnknownEventTypeError extends HoldfastError {
  readonly code = 'ERR_CORE_UNKNOWN_EVENT_TYPE';
  override readonly failureClass = 'permanent';
  readonly type: string;

  constructor(type: string) {
    super(`No event ${quoted(type)} is defined here. Add it to the registry, or do not bind the queue to it.`);
    this.type = type;
  }
}
