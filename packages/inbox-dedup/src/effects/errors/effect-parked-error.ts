import { HoldfastError, quoted } from '@holdfast/core';

/** Whether the effect happened could not be found out: a person must. It is not called or verified until then. */
export class EffectParkedError extends HoldfastError {
  readonly code = 'ERR_INBOX_EFFECT_PARKED';
  override readonly failureClass = 'unknown';
  readonly key: string;
  /** What is known, without payload. */
  readonly reason: string;

  constructor(key: string, reason: string, options?: ErrorOptions) {
    super(
      `The effect ${quoted(key)} is parked (${reason}): look it up at the provider, then call "settle" for it.`,
      options,
    );
    this.key = key;
    this.reason = reason;
  }
}
