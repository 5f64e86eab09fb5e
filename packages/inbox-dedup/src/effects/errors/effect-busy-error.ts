import { HoldfastError, quoted } from '@holdfast/core';

/** Somebody else, here or in another process, is calling or verifying this effect. Nothing was done: try again later. */
export class EffectBusyError extends HoldfastError {
  readonly code = 'ERR_INBOX_EFFECT_BUSY';
  readonly key: string;
  /** In milliseconds; the other one may be done sooner. */
  readonly retryAfterMs: number;

  constructor(key: string, retryAfterMs: number) {
    super(`The effect ${quoted(key)} is being performed by somebody else: try again in ${Math.ceil(retryAfterMs)} ms.`);
    this.key = key;
    this.retryAfterMs = Math.ceil(retryAfterMs);
  }
}
