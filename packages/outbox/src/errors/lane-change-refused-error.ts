import { HoldfastError } from '@holdfast/core';

/** The number of lanes of a destination cannot be changed while messages wait: keys would change lanes and lose their order. */
export class LaneChangeRefusedError extends HoldfastError {
  readonly code = 'ERR_OUTBOX_LANE_CHANGE_REFUSED';
  readonly destination: string;

  constructor(change: { destination: string; from: number; to: number }) {
    super(
      `Destination "${change.destination}" has ${change.from} lanes in the database and "${change.to}" were declared, ` +
        'but messages wait or are parked in its lanes. Let the relay drain them, redrive or discard what is parked, ' +
        'then declare again; until then declare the old number.',
    );
    this.destination = change.destination;
  }
}
