import { HoldfastError, quoted } from '@holdfast/core';

/** The row of an effect does not hold what it must, after a manual change for one. The effect is not called. */
export class CorruptEffectError extends HoldfastError {
  readonly code = 'ERR_INBOX_CORRUPT_EFFECT';
  override readonly failureClass = 'unknown';
  readonly key: string;

  constructor(key: string, reason: string, options?: ErrorOptions) {
    super(`The row of the effect ${quoted(key)} ${reason}: look it up at the provider, and correct the row.`, options);
    this.key = key;
  }
}
