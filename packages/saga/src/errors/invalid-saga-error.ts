import { HoldfastError, quoted } from '@holdfast/core';

/** A definition contradicts itself. Thrown where it is made, so that it is seen at start. */
export class InvalidSagaError extends HoldfastError {
  readonly code = 'ERR_SAGA_INVALID_DEFINITION';
  override readonly failureClass = 'permanent';
  readonly saga: string;
  /** Each says where, what is wrong, and what to do. */
  readonly problems: readonly string[];

  constructor(saga: string, problems: readonly string[]) {
    super(`The definition of saga ${quoted(saga)} cannot be used. ${problems.join(' ')}`);
    this.saga = saga;
    this.problems = problems;
  }
}
