import { defineEvent } from '@holdfast/core';
import { z } from 'zod';

/** A new order was stored. Published by the order service; amounts are integers in the currency's minor unit (cents). */
export const orderCreated = defineEvent('order.created', {
  versions: {
    1: z.object({
      orderId: z.string(),
      customerId: z.string(),
      totalAmount: z.int().nonnegative(),
      items: z.array(
        z.object({ productId: z.string(), quantity: z.int().positive(), unitPrice: z.int().nonnegative() }),
      ),
      createdAt: z.iso.datetime(),
      /** Accepted while the product service was away: it is looked at before it is carried out. */
      requiresManualReview: z.boolean().default(false),
    }),
  },
  key: (order) => order.orderId,
  subject: (order) => order.orderId,
});
