import { HoldfastError, quoted } from '@holdfast/core';

/** Whether there is something to give back is not known before the charge has come to its end. */
export class ChargeUnderWayError extends HoldfastError {
  readonly code = 'ERR_ORDER_SYSTEM_CHARGE_UNDER_WAY';
  override readonly failureClass = 'overloaded';
  readonly retryAfterMs = 200;

  constructor(orderId: string) {
    super(`Order ${quoted(orderId)} is being charged: deliver the request to give back again when that has ended.`);
  }
}
