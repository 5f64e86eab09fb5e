/** So many units of a product. */
export interface Units {
  readonly productId: string;
  readonly quantity: number;
}

/** A product of which there is less than an order wants. */
export interface MissingUnits {
  readonly productId: string;
  readonly requestedQuantity: number;
  readonly availableQuantity: number;
}

/** What the warehouse knows of an order. `closed`: called off before it was asked for. */
export interface Reservation {
  readonly reservationId: string;
  readonly orderId: string;
  readonly status: 'reserved' | 'refused' | 'released' | 'closed';
  readonly items: readonly Units[];
  readonly failedItems: readonly MissingUnits[];
}

/** An order may name a product twice. */
export function unitsByProduct(items: readonly Units[]): readonly Units[] {
  const units = new Map<string, number>();
  for (const { productId, quantity } of items) units.set(productId, (units.get(productId) ?? 0) + quantity);
  return [...units].map(([productId, quantity]) => ({ productId, quantity }));
}
