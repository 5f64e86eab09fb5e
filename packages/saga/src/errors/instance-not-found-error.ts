import { HoldfastError, quoted } from '@holdfast/core';

/** There is no such instance: it never began, or it is over and was cleaned up. */
export class InstanceNotFoundError extends HoldfastError {
  readonly code = 'ERR_SAGA_INSTANCE_NOT_FOUND';
  override readonly failureClass = 'permanent';
  readonly saga: string;
  readonly key: string;

  constructor({ saga, key }: { readonly saga: string; readonly key: string }) {
    super(
      `Saga ${quoted(saga)} has no instance ${quoted(key)}: it did not begin, or it is over and its retention has ended.`,
    );
    this.saga = saga;
    this.key = key;
  }
}
