import type { Payment } from './payment.ts';

/** What is to be recorded and answered. */
export interface PaymentDecision {
  readonly kind: 'charge' | 'refund';
  /** As it will be, or as it is when it stays the same. */
  readonly payment: Payment;
  readonly isChanged: boolean;
  /** Why the provider gives nothing back now, when that was asked for. */
  readonly refusal: string | null;
}
