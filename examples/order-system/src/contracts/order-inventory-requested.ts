import { defineEvent } from '@holdfast/core';
import { z } from 'zod';

/** The order service asks to set the items of an order aside. */
export const orderInventoryRequested = defineEvent('order.inventory-requested', {
  versions: {
    1: z.object({
      orderId: z.string(),
      items: z.array(z.object({ productId: z.string(), quantity: z.int().positive() })),
      requestedAt: z.iso.datetime(),
    }),
  },
  key: (request) => request.orderId,
  subject: (request) => request.orderId,
});
