import type { Envelope, FailureClass } from '@holdfast/core';
import type { HandleOutcome } from '@holdfast/inbox-dedup';

/** What the payment service's process tells its parent. */
export type FromPayment =
  | { readonly kind: 'ready' }
  | { readonly kind: 'handled'; readonly call: number; readonly outcome: HandleOutcome }
  | { readonly kind: 'failed'; readonly call: number; readonly failure: PaymentFailure };

/** What the parent tells the payment service's process. */
export type ToPayment = {
  readonly kind: 'handle';
  readonly call: number;
  readonly envelope: Envelope;
  readonly attempt: number;
};

/** What of an error gets through between two processes. */
export interface PaymentFailure {
  readonly code: string;
  readonly message: string;
  readonly failureClass: FailureClass;
  readonly retryAfterMs: number | undefined;
}
