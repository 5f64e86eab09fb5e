import { defineEvent } from '@holdfast/core';
import { z } from 'zod';

/** The order service asks for the payment of an order. `amount` is an integer in the currency's minor unit (cents). */
export const orderPaymentRequested = defineEvent('order.payment-requested', {
  versions: {
    1: z.object({
      orderId: z.string(),
      customerId: z.string(),
      amount: z.int().nonnegative(),
      requestedAt: z.iso.datetime(),
    }),
  },
  key: (request) => request.orderId,
  subject: (request) => request.orderId,
});
