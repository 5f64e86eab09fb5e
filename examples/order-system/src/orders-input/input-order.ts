/** One item of an order as it came in. */
export interface InputItem {
  readonly productId: string;
  readonly quantity: number;
  /** In the currency's minor unit: cents. */
  readonly unitPrice: number;
}

/** An order as it came in: every item is valid by itself; whether the order as a whole is, the order service decides. */
export interface InputOrder {
  readonly orderId: string;
  readonly customerId: string;
  readonly items: readonly InputItem[];
  /** Where each item was read, for messages to people; empty when the order was generated. */
  readonly lines: readonly number[];
}
