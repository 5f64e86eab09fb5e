import { HoldfastError, quoted } from '@holdfast/core';

/** An event came to an instance in a state that does not take it, or to no instance, and the definition says `fail`. Nothing was changed. */
export class UnexpectedEventError extends HoldfastError {
  readonly code = 'ERR_SAGA_UNEXPECTED_EVENT';
  override readonly failureClass = 'permanent';
  readonly saga: string;
  readonly key: string;
  readonly type: string;
  /** `null` when there is no instance. */
  readonly state: string | null;

  constructor(place: {
    readonly saga: string;
    readonly key: string;
    readonly type: string;
    readonly state: string | null;
  }) {
    const where =
      place.state === null ? 'which does not exist' : `in state ${quoted(place.state)}, which does not take it`;
    super(`Event ${quoted(place.type)} came to instance ${quoted(place.key)} of saga ${quoted(place.saga)}, ${where}.`);
    this.saga = place.saga;
    this.key = place.key;
    this.type = place.type;
    this.state = place.state;
  }
}
