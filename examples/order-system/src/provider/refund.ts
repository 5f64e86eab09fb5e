/** A refund as the provider has it in its ledger. */
export interface Refund {
  readonly refundId: string;
  readonly chargeId: string;
  /** In minor units. */
  readonly amount: number;
}

/** Why the provider gives nothing back, in its own words. */
export type RefundRefusal = 'idempotency_key_reused' | 'no_such_charge' | 'more_than_charged' | 'refund_refused';
