import { HoldfastError } from '@holdfast/core';

/** A parked message that waits behind another of its key cannot be published or removed by itself. */
export class ParkedRequestRefusedError extends HoldfastError {
  readonly code = 'ERR_OUTBOX_PARKED_REQUEST_REFUSED';
  readonly id: string;

  constructor(id: string, key: string) {
    super(
      `Message "${id}" waits behind a rejected message of key "${key}". Ask for the key ({ key: "${key}" }), or discard ` +
        'the rejected message first.',
    );
    this.id = id;
  }
}
