/** A charge as the provider has it in its ledger. */
export interface Charge {
  readonly chargeId: string;
  /** In minor units. */
  readonly amount: number;
  /** What it is for, in the words of whoever asked for it: the order. */
  readonly reference: string;
}
