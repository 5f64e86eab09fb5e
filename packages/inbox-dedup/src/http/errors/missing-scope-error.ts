import { HoldfastError } from '@holdfast/core';

/** The option `scope` named no caller. Without one, callers would get each other's answers, so nothing was done. */
export class MissingScopeError extends HoldfastError {
  readonly code = 'ERR_INBOX_MISSING_SCOPE';
  override readonly failureClass = 'permanent';

  constructor() {
    super('"scope" returned no text: authenticate before "handle", and return what identifies the caller.');
  }
}
