import { defineEvent } from '@holdfast/core';
import { z } from 'zod';

/**
 * Nothing of an order's charge is kept, and the order will not be charged any more. `amount` is what was given back, in minor units: 0,
 * with no payment, when there was no charge.
 */
export const paymentRefunded = defineEvent('payment.refunded', {
  versions: {
    1: z.object({
      refundId: z.string(),
      paymentId: z.string().nullable(),
      orderId: z.string(),
      amount: z.int().nonnegative(),
      refundedAt: z.iso.datetime(),
    }),
  },
  key: (refund) => refund.orderId,
  subject: (refund) => refund.orderId,
});
