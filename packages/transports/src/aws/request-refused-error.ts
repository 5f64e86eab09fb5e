import { HoldfastError, quoted } from '@holdfast/core';

/** The service refuses what it was asked for: a name, an attribute, a limit. Asking again changes nothing. */
export class RequestRefusedError extends HoldfastError {
  readonly code = 'ERR_TRANSPORTS_REQUEST_REFUSED';
  override readonly failureClass = 'permanent';
  /** What was tried: `declare "payment"`. */
  readonly activity: string;

  constructor(activity: string, reason: string, options?: ErrorOptions) {
    super(`The service refuses ${quoted(activity)}: ${reason}`, options);
    this.activity = activity;
  }
}
