import { HoldfastError, quoted } from '@holdfast/core';

/** An earlier message of the key, in the same batch, failed and may succeed later: this one was not handled before it. Hand it back behind that one. */
export class HeldBackError extends HoldfastError {
  readonly code = 'ERR_INBOX_HELD_BACK';
  override readonly failureClass = 'transient';
  readonly key: string;

  constructor(key: string, options?: ErrorOptions) {
    super(`An earlier message of key ${quoted(key)} in this batch failed: hand this one back behind it.`, options);
    this.key = key;
  }
}
