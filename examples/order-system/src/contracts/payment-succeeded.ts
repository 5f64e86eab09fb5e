import { defineEvent } from '@holdfast/core';
import { z } from 'zod';

/** An order was paid. `amount` is what was charged, an integer in the currency's minor unit (cents). */
export const paymentSucceeded = defineEvent('payment.succeeded', {
  versions: {
    1: z.object({
      paymentId: z.string(),
      orderId: z.string(),
      amount: z.int().nonnegative(),
      processedAt: z.iso.datetime(),
    }),
  },
  key: (payment) => payment.orderId,
  subject: (payment) => payment.orderId,
});
