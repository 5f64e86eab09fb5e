import { HoldfastError, quoted } from '@holdfast/core';

/** An idempotency key changed hands at every look at it. Nothing was claimed. */
export class KeyContendedError extends HoldfastError {
  readonly code = 'ERR_INBOX_KEY_CONTENDED';

  constructor(key: string) {
    super(`The idempotency key ${quoted(key)} changed hands at every look at it: try again.`);
  }
}
