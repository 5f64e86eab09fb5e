/** The orders that are to be paid, the same in every process. */
export interface PaidOrder {
  readonly key: string;
  readonly cents: number;
  readonly isDeclined: boolean;
}

export function paidOrders(count: number): readonly PaidOrder[] {
  return Array.from({ length: count }, (_, index) => ({
    key: `order-${index}`,
    cents: 100 + ((index * 37) % 9_900),
    isDeclined: index % 40 === 7,
  }));
}
