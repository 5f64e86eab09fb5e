import { HoldfastError } from '@holdfast/core';

/** A message was sent to a destination that was never declared in this database. */
export class UnknownDestinationError extends HoldfastError {
  readonly code = 'ERR_OUTBOX_UNKNOWN_DESTINATION';
  readonly destinations: readonly string[];

  constructor(destinations: readonly string[], options?: ErrorOptions) {
    const named = destinations.map((name) => `"${name}"`).join(', ');
    super(
      `No such destination: one of ${named}. Roll the transaction back; declare the destination with ` +
        'outbox.declareDestinations([{ name }]) when the service starts.',
      options,
    );
    this.destinations = destinations;
  }
}
