import { HoldfastError, quoted } from '@holdfast/core';
import type { Sequence } from '../store/gate-store.ts';

/**
 * Two messages of a sequence came under one number, and the other one is kept already. One of them would be lost: the
 * sender was restored to an earlier point, or numbers by two databases, or somebody forges messages. Nothing was changed.
 */
export class SequenceReusedError extends HoldfastError {
  readonly code = 'ERR_INBOX_SEQUENCE_REUSED';
  override readonly failureClass = 'permanent';
  readonly sequence: Sequence;
  readonly number: bigint;

  constructor(sequence: Sequence, number: bigint, ids: { readonly came: string; readonly kept: string }) {
    super(
      `Message ${quoted(ids.came)} has number "${number}" in stream ${quoted(sequence.stream)}, key ${quoted(sequence.key)}, as message ` +
        `${quoted(ids.kept)} has, which is parked. Find out why ${quoted(sequence.source)} gave one number to two messages.`,
    );
    this.sequence = sequence;
    this.number = number;
  }
}
