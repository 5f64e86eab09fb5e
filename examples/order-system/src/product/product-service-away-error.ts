import { HoldfastError } from '@holdfast/core';

/** The product service does not answer. */
export class ProductServiceAwayError extends HoldfastError {
  readonly code = 'ERR_ORDER_SYSTEM_PRODUCT_SERVICE_AWAY';
  override readonly failureClass = 'transient';

  constructor(options?: ErrorOptions) {
    super('The product service does not answer. Take what you know, and have it reviewed.', options);
  }
}
