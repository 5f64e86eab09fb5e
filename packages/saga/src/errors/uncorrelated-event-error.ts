import { HoldfastError, quoted } from '@holdfast/core';

/** It cannot be told which instance an event belongs to: `key` gave nothing for it, or it has no ordering key. */
export class UncorrelatedEventError extends HoldfastError {
  readonly code = 'ERR_SAGA_UNCORRELATED_EVENT';
  override readonly failureClass = 'permanent';
  readonly saga: string;
  readonly type: string;

  constructor(saga: string, type: string, options?: ErrorOptions) {
    super(
      `It cannot be told to which instance of saga ${quoted(saga)} an event ${quoted(type)} belongs: ` +
        'give the event an ordering key, or the saga a "key" for it, of 1 to 200 characters.',
      options,
    );
    this.saga = saga;
    this.type = type;
  }
}
