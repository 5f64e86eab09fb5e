/** What the delivery service knows of an order. `closed`: called off before it was asked for. */
export interface Delivery {
  readonly deliveryId: string;
  readonly orderId: string;
  readonly status: 'scheduled' | 'refused' | 'cancelled' | 'closed';
  /** Of a refused one. */
  readonly failureReason: string | null;
}
