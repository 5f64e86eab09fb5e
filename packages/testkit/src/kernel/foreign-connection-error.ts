import { HoldfastError, quoted } from '@holdfast/core';

/**
 * A simulated process uses a connection that was made outside of it, as no real process can: it would outlive the process, with what is open on it.
 * Also a problem of the run, in case the code drops it.
 */
export class ForeignConnectionError extends HoldfastError {
  readonly code = 'ERR_TESTKIT_FOREIGN_CONNECTION';
  override readonly failureClass = 'permanent';

  constructor(server: string, { user, owner }: { user: string; owner: string | null }) {
    const made = owner === null ? 'outside of every process' : `in ${quoted(owner)}, or in an earlier life`;
    super(
      `The simulated process ${quoted(user)} uses a connection to ${quoted(server)} that was made ${made}, and so does not end with it. Make handles, runners, journals and Kysely instances where the process starts: in "start" (crashEverywhere), or in the function that world.process() gets.`,
    );
  }
}
