import { isHoldfastError } from '@holdfast/core';
import { TransportUnavailableError } from '../errors/transport-unavailable-error.ts';
import { UnknownQueueError } from '../errors/unknown-queue-error.ts';
import { replyCodeOf } from './refused-declaration.ts';

const NOT_FOUND = 404;

/** What a pull rejects with when reading failed for this reason. */
export function pullError(queue: string, cause: unknown): Error {
  if (replyCodeOf(cause) === NOT_FOUND) return new UnknownQueueError(queue, { cause });
  if (isHoldfastError(cause) && cause instanceof Error) return cause;
  return new TransportUnavailableError(`pull from "${queue}"`, { cause });
}

/** Whether this is not an answer of the broker, nor an error of ours: the channel went away while it was used. */
export function isChannelLoss(error: unknown): boolean {
  return replyCodeOf(error) === null && !isHoldfastError(error);
}
