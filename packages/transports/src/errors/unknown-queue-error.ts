import { HoldfastError, quoted } from '@holdfast/core';

/** A queue was named that nobody declared. */
export class UnknownQueueError extends HoldfastError {
  readonly code = 'ERR_TRANSPORTS_UNKNOWN_QUEUE';
  override readonly failureClass = 'permanent';
  readonly queue: string;

  constructor(queue: string, options?: ErrorOptions) {
    super(`There is no queue ${quoted(queue)}. Declare it with "await topology.declare({ queue, types })".`, options);
    this.queue = queue;
  }
}
