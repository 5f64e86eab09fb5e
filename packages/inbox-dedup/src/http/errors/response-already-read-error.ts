import { HoldfastError } from '@holdfast/core';

/** The work read the body of its own answer: nothing is left of it to be kept. It was rolled back, and the key is free. */
export class ResponseAlreadyReadError extends HoldfastError {
  readonly code = 'ERR_INBOX_RESPONSE_ALREADY_READ';
  override readonly failureClass = 'permanent';

  constructor() {
    super('The body of the response was read already: read a "clone()" of it, and return the response itself.');
  }
}
