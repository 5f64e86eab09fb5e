import { defineEvent } from '@holdfast/core';
import { z } from 'zod';

/** The provider refused to give a charge back: the money is still kept. Asking again may help. `amount` is what is kept, in minor units. */
export const paymentRefundFailed = defineEvent('payment.refund-failed', {
  versions: {
    1: z.object({
      paymentId: z.string(),
      orderId: z.string(),
      amount: z.int().nonnegative(),
      failureReason: z.string(),
      failedAt: z.iso.datetime(),
    }),
  },
  key: (failure) => failure.orderId,
  subject: (failure) => failure.orderId,
});
