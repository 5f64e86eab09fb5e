import { HoldfastError, quoted } from '@holdfast/core';

/** A message of a gated stream does not say where it stands: no key, or no number that the sender's outbox could have given. */
export class MalformedSequenceError extends HoldfastError {
  readonly code = 'ERR_INBOX_MALFORMED_SEQUENCE';
  override readonly failureClass = 'permanent';

  /** @param problem Follows the message's id: `has no key`. */
  constructor(id: string, problem: string) {
    super(
      `Message ${quoted(id)} carries "sequencestream" of a sequence gate, and ${problem}. Have its sender number it per key.`,
    );
  }
}
