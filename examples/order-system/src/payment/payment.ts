/** What the payment service knows of an order. `closed`: called off before it was charged. Amounts are in minor units. */
export interface Payment {
  readonly paymentId: string;
  readonly orderId: string;
  readonly state: 'paid' | 'failed' | 'refunded' | 'closed';
  /** What was asked for. */
  readonly amount: number;
  /** `null`: nothing was charged. */
  readonly chargeId: string | null;
  readonly failureReason: string | null;
  /** Names the answer to a request to give back. */
  readonly refundId: string | null;
  /** `null`: nothing was given back. */
  readonly providerRefundId: string | null;
  readonly refundedAmount: number;
  /** How often the provider has refused to give back. */
  readonly refusedRefunds: number;
  /** Counts the changes; 0 before it is stored. */
  readonly version: number;
}

/** What is known of an order that nobody has asked to charge. */
export function newPayment(orderId: string, paymentId: string): Payment {
  return {
    paymentId,
    orderId,
    state: 'closed',
    amount: 0,
    chargeId: null,
    failureReason: null,
    refundId: null,
    providerRefundId: null,
    refundedAmount: 0,
    refusedRefunds: 0,
    version: 0,
  };
}
