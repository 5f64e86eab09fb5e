import { HoldfastError } from '@holdfast/core';

/** A replay reaches back to messages that consumers may have forgotten, and so would apply again. Nothing was sent. */
export class ReplayRefusedError extends HoldfastError {
  readonly code = 'ERR_OUTBOX_REPLAY_REFUSED';
  override readonly failureClass = 'permanent';
  /** What is oldest was written at this time or later, in milliseconds since the Unix epoch. */
  readonly oldest: number;
  readonly dedupWindowMs: number;

  constructor(oldest: number, dedupWindowMs: number) {
    super(
      `The replay reaches back to "${new Date(oldest).toISOString()}", but consumers remember messages for "${dedupWindowMs}" ms ` +
        '(dedupWindowMs): older ones would take effect again. Begin later, or say beyondDedupWindow: true when that is what you want.',
    );
    this.oldest = oldest;
    this.dedupWindowMs = dedupWindowMs;
  }
}
