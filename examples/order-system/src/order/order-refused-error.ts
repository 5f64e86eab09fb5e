import { quoted } from '@holdfast/core';

/** The order service does not take this order. Nothing was stored. */
export class OrderRefusedError extends Error {
  readonly code = 'ERR_ORDER_SYSTEM_ORDER_REFUSED';
  readonly orderId: string;

  /** @param reason To follow "because". */
  constructor(orderId: string, reason: string) {
    super(`Order ${quoted(orderId)} was refused, because ${reason}. Correct it and place it again.`);
    this.name = 'OrderRefusedError';
    this.orderId = orderId;
  }
}
