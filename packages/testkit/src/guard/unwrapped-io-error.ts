import { HoldfastError, quoted } from '@holdfast/core';

/** Code of a simulated process did something that no fault can hit and no seed can repeat. Also a problem of the run, in case the code drops it. */
export class UnwrappedIoError extends HoldfastError {
  readonly code = 'ERR_TESTKIT_UNWRAPPED_IO';
  override readonly failureClass = 'permanent';
  /** What was called, e.g. `fs.readFileSync`. */
  readonly called: string;
  /** Where, e.g. `src/handler.ts:12:5`; empty when the stack does not say. */
  readonly where: string;

  constructor(called: string, process: string, where: string) {
    const place = where === '' ? '' : ` at ${where}`;
    super(
      `The simulated process ${quoted(process)} called ${quoted(called)}${place}: real I/O, which no fault can hit and no seed can repeat. Pass it in from the world as a port ("world.port(name, object)"), so that it is simulated.`,
    );
    this.called = called;
    this.where = where;
  }
}
