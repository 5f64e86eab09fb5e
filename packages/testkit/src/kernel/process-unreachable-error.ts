import { HoldfastError } from '@holdfast/core';

/** A call to another simulated process failed: refused, or its answer was lost. */
export class ProcessUnreachableError extends HoldfastError {
  readonly code = 'ERR_TESTKIT_PROCESS_UNREACHABLE';
  override readonly failureClass: 'transient' | 'unknown';

  constructor(process: string, mayHaveHappened: boolean) {
    super(
      mayHaveHappened
        ? `The connection to "${process}" was lost: the call may have happened.`
        : `"${process}" cannot be reached: nothing happened.`,
    );
    this.failureClass = mayHaveHappened ? 'unknown' : 'transient';
  }
}
