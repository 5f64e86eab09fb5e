import { HoldfastError, quoted } from '@holdfast/core';

/** The effect was refused for ever, now or before. The `cause` is the call's own error, the first time. */
export class EffectRefusedError extends HoldfastError {
  readonly code = 'ERR_INBOX_EFFECT_REFUSED';
  override readonly failureClass = 'permanent';
  readonly key: string;
  /** Summary of the error that the call rejected with. */
  readonly reason: string;

  constructor(key: string, reason: string, options?: ErrorOptions) {
    super(`The effect ${quoted(key)} was refused: ${reason}. Use another key for another try.`, options);
    this.key = key;
    this.reason = reason;
  }
}
