import { defineEvent } from '@holdfast/core';
import { z } from 'zod';

/** An order was not charged and will not be: a decision, and not an outage. `amount` is what was asked for, in minor units. */
export const paymentFailed = defineEvent('payment.failed', {
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
