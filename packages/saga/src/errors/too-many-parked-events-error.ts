import { HoldfastError, quoted } from '@holdfast/core';

/** So many events wait for an instance that no more are parked. The event stays with the broker: try it again later. */
export class TooManyParkedEventsError extends HoldfastError {
  readonly code = 'ERR_SAGA_TOO_MANY_PARKED';
  override readonly failureClass = 'transient';
  readonly saga: string;
  readonly key: string;
  readonly parked: number;

  constructor({ saga, key }: { readonly saga: string; readonly key: string }, parked: number) {
    super(
      `${parked} events wait for instance ${quoted(key)} of saga ${quoted(saga)}, the most that "maxParkedPerInstance" allows: ` +
        'find out why it takes none of them.',
    );
    this.saga = saga;
    this.key = key;
    this.parked = parked;
  }
}
