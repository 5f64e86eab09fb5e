import type { ProductLookup, ProductPrice } from './product-lookup.ts';
import { ProductServiceAwayError } from './product-service-away-error.ts';

/** A way to the product service that can be cut and mended from outside, for the demonstration. */
export class SwitchedProductLookup implements ProductLookup {
  readonly #lookup: ProductLookup;
  #isAway = false;

  constructor(lookup: ProductLookup) {
    this.#lookup = lookup;
  }

  setAvailable(available: boolean): void {
    this.#isAway = !available;
  }

  async find(productId: string): Promise<ProductPrice | null> {
    if (this.#isAway) throw new ProductServiceAwayError();
    return this.#lookup.find(productId);
  }
}
