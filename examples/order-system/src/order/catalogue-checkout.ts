import type { ProductLookup } from '../product/product-lookup.ts';
import { ProductServiceAwayError } from '../product/product-service-away-error.ts';
import type { Checkout } from './checkout.ts';
import type { Order } from './order.ts';

/** What the product service says of an order's products. */
export type CatalogueVerdict = 'for sale' | 'unknown product' | 'nobody knows';

/** Asks the product service. An order that it cannot judge is accepted all the same, and reviewed before it is carried out (F12.4). */
export class CatalogueCheckout implements Checkout {
  readonly #products: ProductLookup;

  constructor(products: ProductLookup) {
    this.#products = products;
  }

  async requiresManualReview(order: Order): Promise<boolean> {
    return (await this.verdict(order.items.map(({ productId }) => productId))) !== 'for sale';
  }

  /** Does not reject when the product service is away. */
  async verdict(productIds: readonly string[]): Promise<CatalogueVerdict> {
    try {
      const found = await Promise.all([...new Set(productIds)].map((productId) => this.#products.find(productId)));
      return found.includes(null) ? 'unknown product' : 'for sale';
    } catch (error) {
      if (error instanceof ProductServiceAwayError) return 'nobody knows';
      throw error;
    }
  }
}
