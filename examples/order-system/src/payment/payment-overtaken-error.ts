import { HoldfastError, quoted } from '@holdfast/core';

/** Another message of the order was faster: this one must come again, and find what has become of it. Nobody is to blame for it. */
export class PaymentOvertakenError extends HoldfastError {
  readonly code = 'ERR_ORDER_SYSTEM_PAYMENT_OVERTAKEN';
  override readonly failureClass = 'overloaded';
  readonly retryAfterMs = 50;

  constructor(orderId: string) {
    super(`The payment of order ${quoted(orderId)} was changed by another message meanwhile: deliver this one again.`);
  }
}
