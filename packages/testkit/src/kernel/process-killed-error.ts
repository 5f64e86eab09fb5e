import { HoldfastError } from '@holdfast/core';

/**
 * Thrown into the code of a simulated process that has been killed in a synchronous call, which cannot be left otherwise. Its `catch` and
 * `finally` run, and can reach nothing: every further I/O of a dead process does not happen.
 */
export class ProcessKilledError extends HoldfastError {
  readonly code = 'ERR_TESTKIT_PROCESS_KILLED';

  constructor(process: string) {
    super(`The simulated process "${process}" was killed here. Nothing that runs now can have an effect.`);
  }
}
