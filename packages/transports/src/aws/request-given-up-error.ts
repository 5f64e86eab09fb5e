import { HoldfastError } from '@holdfast/core';

/** A request to a cloud service was given up: its answer did not come in time, or is not waited for any more. */
export class RequestGivenUpError extends HoldfastError {
  readonly code = 'ERR_TRANSPORTS_REQUEST_GIVEN_UP';
  readonly why: 'deadline' | 'closed';

  constructor(why: 'deadline' | 'closed', options?: ErrorOptions) {
    super(
      why === 'deadline'
        ? 'The service did not answer in time. What it was asked for may have been done.'
        : 'The transport was closed before the service answered. What it was asked for may have been done.',
      options,
    );
    this.why = why;
  }
}
