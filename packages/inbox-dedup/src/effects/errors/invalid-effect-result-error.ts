import { HoldfastError } from '@holdfast/core';

/** The result of an effect cannot be kept: it is not JSON, or too large. The effect itself happened. */
export class InvalidEffectResultError extends HoldfastError {
  readonly code = 'ERR_INBOX_INVALID_EFFECT_RESULT';
  override readonly failureClass = 'permanent';
  /** Without the result's content. */
  readonly reason: string;

  /** @param reason Follows "The result": `is a bigint, which JSON cannot carry`. */
  constructor(reason: string, options?: ErrorOptions) {
    super(`The result of the effect cannot be kept: it ${reason}. Return the few plain fields that you need.`, options);
    this.reason = reason;
  }
}
