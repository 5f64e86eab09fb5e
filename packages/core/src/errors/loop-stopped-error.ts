import { HoldfastError } from './holdfast-error.ts';
import { quoted } from './quoted.ts';

/** A loop was asked to run after it was stopped. */
export class LoopStoppedError extends HoldfastError {
  readonly code = 'ERR_CORE_LOOP_STOPPED';

  constructor(name: string) {
    super(`Loop ${quoted(name)} is stopped and does not run again. Make a new one.`);
  }
}
