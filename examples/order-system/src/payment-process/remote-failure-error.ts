import { HoldfastError } from '@holdfast/core';
import type { PaymentFailure } from './payment-messages.ts';

/** The payment service's process failed to apply a message, or died over it. */
export class RemoteFailureError extends HoldfastError {
  readonly code = 'ERR_ORDER_SYSTEM_REMOTE_FAILURE';
  override readonly failureClass: PaymentFailure['failureClass'];
  /** The code of the error there. */
  readonly remoteCode: string;
  readonly retryAfterMs: number | undefined;

  constructor({ code, message, failureClass, retryAfterMs }: PaymentFailure) {
    super(message);
    this.failureClass = failureClass;
    this.remoteCode = code;
    this.retryAfterMs = retryAfterMs;
  }
}
