import { summarizeError } from '@holdfast/core';

/** The broker went away during the run, and did not come back. */
export class TransportLostError extends Error {
  readonly code = 'ERR_ORDER_SYSTEM_TRANSPORT_LOST';

  /** @param broker The product and where it was: `RabbitMQ at host:5672`. */
  constructor(broker: string, cause: unknown) {
    super(
      `${broker} does not answer any more (${summarizeError(cause)}). The orders are stored and their messages wait in ` +
        'the outbox, but a run does not wait for ever. Start the broker, and run again.',
      { cause },
    );
    this.name = 'TransportLostError';
  }
}
