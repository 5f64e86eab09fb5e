import { HoldfastError, quoted } from '@holdfast/core';

export interface EffectUnknownErrorOptions extends ErrorOptions {
  readonly retryAfterMs: number;
}

/**
 * Nobody knows yet whether the effect happened. The journal does: `perform` it again after `retryAfterMs`, and it finds out before it
 * calls; so the class is `transient`. Never treat this as "it did not happen".
 */
export class EffectUnknownError extends HoldfastError {
  readonly code = 'ERR_INBOX_EFFECT_UNKNOWN';
  readonly key: string;
  /** When it makes sense to look again, in milliseconds. */
  readonly retryAfterMs: number;

  /** @param reason Without payload. */
  constructor(key: string, reason: string, { retryAfterMs, ...options }: EffectUnknownErrorOptions) {
    super(
      `Whether the effect ${quoted(key)} happened is unknown (${reason}): perform it again in ${Math.ceil(retryAfterMs)} ms, which finds out first.`,
      options,
    );
    this.key = key;
    this.retryAfterMs = Math.ceil(retryAfterMs);
  }
}
