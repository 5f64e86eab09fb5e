export interface ProductPrice {
  readonly productId: string;
  /** In minor units. */
  readonly unitPrice: number;
}

/** What the order service may ask the product service at checkout. */
export interface ProductLookup {
  /** `null`: there is no such product. @throws ProductServiceAwayError nobody knows now */
  find(productId: string): Promise<ProductPrice | null>;
}
