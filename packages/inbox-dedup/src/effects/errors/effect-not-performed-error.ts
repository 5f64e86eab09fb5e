import { HoldfastError, quoted } from '@holdfast/core';

/** The call failed, and it is certain that the effect did not happen. Perform it again. The `cause` is the call's error. */
export class EffectNotPerformedError extends HoldfastError {
  readonly code = 'ERR_INBOX_EFFECT_NOT_PERFORMED';
  readonly key: string;

  constructor(key: string, options?: ErrorOptions) {
    super(`The effect ${quoted(key)} did not happen: its call failed, and it was verified. Perform it again.`, options);
    this.key = key;
  }
}
