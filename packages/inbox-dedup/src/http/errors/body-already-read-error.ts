import { HoldfastError } from '@holdfast/core';

/**
 * The request's body was read before it came here, by a body parser for one: what it asked for cannot be told. Nothing was done. A body
 * that is empty but was sent in chunks looks the same.
 */
export class BodyAlreadyReadError extends HoldfastError {
  readonly code = 'ERR_INBOX_BODY_ALREADY_READ';
  override readonly failureClass = 'permanent';

  constructor() {
    super(
      'The body of the request was read already: call "handle" before any body parser, and read the body in the work.',
    );
  }
}
