import { quoted } from '@holdfast/core';

/** The order service answered a customer's order in a way that there is no going on from. */
export class RequestRefusedError extends Error {
  readonly code = 'ERR_ORDER_SYSTEM_REQUEST_REFUSED';

  constructor(status: number, answer: string) {
    super(`The order service answered an order with status ${status}: ${quoted(answer, 200)}.`);
    this.name = 'RequestRefusedError';
  }
}
