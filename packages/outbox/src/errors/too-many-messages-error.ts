import { HoldfastError } from '@holdfast/core';

/** One `send` got more messages than it may take. Nothing was written. */
export class TooManyMessagesError extends HoldfastError {
  readonly code = 'ERR_OUTBOX_TOO_MANY_MESSAGES';
  readonly count: number;
  readonly max: number;

  constructor(count: number, max: number) {
    super(
      `One send takes at most ${max} messages, it got "${count}". Send them in several calls of the same transaction.`,
    );
    this.count = count;
    this.max = max;
  }
}
