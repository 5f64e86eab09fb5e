import { HoldfastError } from '@holdfast/core';

/** A member of better-sqlite3 was used that a simulated database does not have. Nothing happened. */
export class NotSimulatedError extends HoldfastError {
  readonly code = 'ERR_TESTKIT_NOT_SIMULATED';
  override readonly failureClass = 'permanent';
  readonly member: string;

  constructor(member: string, remedy: string) {
    super(`"${member}" of better-sqlite3 is not simulated: ${remedy}.`);
    this.member = member;
  }
}
