import { HoldfastError } from '@holdfast/core';

/** The relay has no publisher for any destination of this outbox. */
export class MissingPublisherError extends HoldfastError {
  readonly code = 'ERR_OUTBOX_MISSING_PUBLISHER';

  constructor() {
    super(
      'The relay has no publisher for any destination in the database. Name them as in declareDestinations: ' +
        'new Relay({ publisher: { default: publisher } }), or give one publisher for all.',
    );
  }
}
