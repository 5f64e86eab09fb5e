import { HoldfastError, quoted } from '@holdfast/core';

/**
 * Another request took the idempotency key over, because the lease of its holder ran out. Nothing of the holder's transaction was
 * committed; the request is answered with 409, and its retry gets the other one's answer.
 */
export class KeyLostError extends HoldfastError {
  readonly code = 'ERR_INBOX_KEY_LOST';
  readonly key: string;

  constructor(key: string, options?: ErrorOptions) {
    super(
      `The idempotency key ${quoted(key)} was taken over while its work ran: make "leaseMs" longer than the process may stand still.`,
      options,
    );
    this.key = key;
  }
}
