/** What the warehouse has of a product when it hears of it for the first time. */
export const INITIAL_STOCK = 1_000_000;
export const SCARCE_STOCK = 5;

/** Of a product whose name ends with `-soldout` there is nothing, and of one whose name ends with `-scarce` there are 5 units. */
export function initialStockOf(productId: string): number {
  if (productId.endsWith('-soldout')) return 0;
  return productId.endsWith('-scarce') ? SCARCE_STOCK : INITIAL_STOCK;
}
