import { HoldfastError, quoted } from '@holdfast/core';

/** An effect cannot be settled by hand: there is none, it is settled, or somebody is at it. Nothing was changed. */
export class EffectNotOpenError extends HoldfastError {
  readonly code = 'ERR_INBOX_EFFECT_NOT_OPEN';
  override readonly failureClass = 'permanent';
  readonly key: string;

  /** @param found What there is: `is "done"`, `does not exist`, `is "unknown", and somebody is at it`. */
  constructor(key: string, found: string) {
    super(
      `The effect ${quoted(key)} cannot be settled: it ${found}. Only one that is unknown or parked, and that nobody is at, can be.`,
    );
    this.key = key;
  }
}
