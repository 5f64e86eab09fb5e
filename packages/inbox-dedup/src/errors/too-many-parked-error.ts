import { HoldfastError, quoted } from '@holdfast/core';
import type { Sequence } from '../store/gate-store.ts';

/** So many messages of the key wait for a missing one that no more are kept here. The message stays with the broker: try it again later. */
export class TooManyParkedError extends HoldfastError {
  readonly code = 'ERR_INBOX_TOO_MANY_PARKED';
  override readonly failureClass = 'transient';
  readonly sequence: Sequence;
  readonly parked: number;

  constructor(sequence: Sequence, parked: number) {
    super(
      `${parked} messages of stream ${quoted(sequence.stream)}, key ${quoted(sequence.key)} wait for an earlier one, the most that ` +
        '"maxParkedPerKey" allows. See "blocked()"; retry, skip or replace the one that is missing.',
    );
    this.sequence = sequence;
    this.parked = parked;
  }
}
