import { HoldfastError, quoted } from '@holdfast/core';

/** The broker cannot be reached now. Nothing was changed, as far as the caller can tell; try again later. */
export class TransportUnavailableError extends HoldfastError {
  readonly code = 'ERR_TRANSPORTS_UNAVAILABLE';
  override readonly failureClass = 'transient';
  /** What was tried: `pull from "payment"`. */
  readonly activity: string;

  constructor(activity: string, options?: ErrorOptions) {
    super(`The broker is not available for ${quoted(activity)}. Try again later.`, options);
    this.activity = activity;
  }
}
