import { HoldfastError } from '@holdfast/core';

/** What an I/O fails with when a fault says so and its port has no error of its own. */
export class SimulatedFaultError extends HoldfastError {
  readonly code = 'ERR_TESTKIT_SIMULATED_FAULT';
  override readonly failureClass: 'transient' | 'unknown';

  constructor(label: string, happened: boolean) {
    super(happened ? `"${label}" failed: the answer was lost.` : `"${label}" failed: it was refused.`);
    this.failureClass = happened ? 'unknown' : 'transient';
  }
}
