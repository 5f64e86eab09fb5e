import { HoldfastError } from '@holdfast/core';

/** The work answered with more bytes than an answer may keep. It was rolled back, and the key is free. */
export class ResponseTooLargeError extends HoldfastError {
  readonly code = 'ERR_INBOX_RESPONSE_TOO_LARGE';
  override readonly failureClass = 'permanent';
  readonly limit: number;

  constructor(limit: number) {
    super(
      `The response has more than ${limit} bytes: answer with a reference to what is large, or raise "maxResponseBytes".`,
    );
    this.limit = limit;
  }
}
