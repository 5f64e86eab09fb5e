import { HoldfastError, quoted } from '@holdfast/core';

/** The transport was closed by its owner. */
export class TransportClosedError extends HoldfastError {
  readonly code = 'ERR_TRANSPORTS_CLOSED';
  override readonly failureClass = 'transient';
  /** What was tried: `pull from "payment"`. */
  readonly activity: string;

  constructor(activity: string, options?: ErrorOptions) {
    super(`The transport is closed, so ${quoted(activity)} was not done. Stop consumers before closing it.`, options);
    this.activity = activity;
  }
}
