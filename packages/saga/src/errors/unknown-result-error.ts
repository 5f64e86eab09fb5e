import { HoldfastError, quoted } from '@holdfast/core';

/** A person had a step undone of which nobody knows whether it happened, and its compensation needs what its success gives. Nothing was changed. */
export class UnknownResultError extends HoldfastError {
  readonly code = 'ERR_SAGA_UNKNOWN_RESULT';
  override readonly failureClass = 'permanent';
  readonly step: string;

  constructor(step: string, cause: unknown) {
    super(
      `Step ${quoted(step)} cannot be undone as if it had been done: its compensation needs what its success gives. ` +
        'Force its success event with what is known of it; or let the compensation do without.',
      { cause },
    );
    this.step = step;
  }
}
