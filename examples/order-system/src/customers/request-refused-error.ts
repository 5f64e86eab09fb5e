import { quoted } from '@holdfast/core';

/** The order service answered a customer's order in a way that there is no going on from. */
export class RequestRefusedError extends Error {
  readonly code = 'ERR_ORDER_SYSTEM_REQUEST_REFUSED';

  /** @param status `null`: there was no answer, as often as it was asked. */
  constructor(status: number | null, answer: string) {
    super(
      status === null
        ? 'The order service did not answer an order, however often it was sent.'
        : `The order service answered an order with status ${status}: ${quoted(answer, 200)}.`,
    );
    this.name = 'RequestRefusedError';
  }
}
