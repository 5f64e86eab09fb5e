import { HoldfastError } from '@holdfast/core';
import type { AwsFailure } from './aws-failure.ts';

/** A batch was not sent, or may have been: see `failure`. */
export class SendFailedError extends HoldfastError {
  readonly code = 'ERR_TRANSPORTS_SEND_FAILED';
  readonly failure: AwsFailure;

  constructor(failure: AwsFailure, options?: ErrorOptions) {
    super(`Sending a batch failed: ${failure.reason}`, options);
    this.failure = failure;
  }
}
