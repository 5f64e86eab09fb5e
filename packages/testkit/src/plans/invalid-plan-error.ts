import { HoldfastError } from '@holdfast/core';

/** A file is no plan that this version can replay. */
export class InvalidPlanError extends HoldfastError {
  readonly code = 'ERR_TESTKIT_INVALID_PLAN';
  override readonly failureClass = 'permanent';
  readonly path: string;

  constructor(path: string, reason: string) {
    super(`"${path}" is no plan of a simulation that can be replayed: ${reason}`);
    this.path = path;
  }
}
