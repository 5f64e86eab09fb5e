import { HoldfastError, quoted } from '@holdfast/core';
import type { MessageIdentity } from '../store/message-identity.ts';

/**
 * The message was started several times and its process never came to its end: it is set aside, so that it does not end one
 * process after another. Its work did not run. `Inbox.quarantined()` lists such messages, `Inbox.readmit()` lets one in again.
 */
export class QuarantinedError extends HoldfastError {
  readonly code = 'ERR_INBOX_QUARANTINED';
  override readonly failureClass = 'permanent';
  readonly identity: MessageIdentity;
  /** Starts that never ended. */
  readonly unfinished: number;

  constructor(identity: MessageIdentity, unfinished: number) {
    super(
      `Message ${quoted(identity.id)} from ${quoted(identity.source)} is quarantined for consumer ${quoted(identity.consumer)}: ` +
        `it was started ${unfinished} times and never ended. Find out what it does to the process, then call "readmit" for it.`,
    );
    this.identity = identity;
    this.unfinished = unfinished;
  }
}
