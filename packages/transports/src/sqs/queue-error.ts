import { isHoldfastError, quoted } from '@holdfast/core';
import { awsFailure } from '../aws/aws-failure.ts';
import { RequestGivenUpError } from '../aws/request-given-up-error.ts';
import { RequestRefusedError } from '../aws/request-refused-error.ts';
import { TransportClosedError } from '../errors/transport-closed-error.ts';
import { TransportUnavailableError } from '../errors/transport-unavailable-error.ts';
import { UnknownQueueError } from '../errors/unknown-queue-error.ts';
import { isMissingQueue } from './sqs-api.ts';

/** The error of the project for one of a request: `activity` is what it was for, `queue` the queue it was about. */
export function queueError(error: unknown, activity: string, queue: string): Error {
  const what = `${activity} ${quoted(queue)}`;
  if (error instanceof RequestGivenUpError) {
    return error.why === 'closed'
      ? new TransportClosedError(what, { cause: error })
      : new TransportUnavailableError(what, { cause: error });
  }
  if (isHoldfastError(error)) return error;
  if (isMissingQueue(error)) return new UnknownQueueError(queue, { cause: error });
  const failure = awsFailure(error);
  return failure.kind === 'refused'
    ? new RequestRefusedError(what, failure.reason, { cause: error })
    : new TransportUnavailableError(what, { cause: error });
}
