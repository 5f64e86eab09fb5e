import { HoldfastError, quoted } from '@holdfast/core';

/** The data of an instance would become larger than is allowed. Nothing was stored. */
export class SagaDataTooLargeError extends HoldfastError {
  readonly code = 'ERR_SAGA_DATA_TOO_LARGE';
  override readonly failureClass = 'permanent';
  readonly saga: string;
  readonly key: string;
  readonly bytes: number;

  constructor(
    { saga, key }: { readonly saga: string; readonly key: string },
    size: { readonly bytes: number; readonly maxBytes: number },
  ) {
    super(
      `The data of instance ${quoted(key)} of saga ${quoted(saga)} would have ${size.bytes} bytes, more than ${size.maxBytes}: ` +
        'keep what is large elsewhere and its id in the saga, or raise "maxDataBytes".',
    );
    this.saga = saga;
    this.key = key;
    this.bytes = size.bytes;
  }
}
