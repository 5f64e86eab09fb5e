import { defineEvent } from '@holdfast/core';
import { z } from 'zod';

/** The order service asks to give back what an order was charged. It may not know whether there was a charge; payment does. */
export const paymentRefundRequested = defineEvent('payment.refund-requested', {
  versions: {
    1: z.object({
      orderId: z.string(),
      reason: z.string(),
      requestedAt: z.iso.datetime(),
    }),
  },
  key: (request) => request.orderId,
  subject: (request) => request.orderId,
});
