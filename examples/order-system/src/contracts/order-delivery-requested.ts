import { defineEvent } from '@holdfast/core';
import { z } from 'zod';

/** The order service asks to deliver an order. */
export const orderDeliveryRequested = defineEvent('order.delivery-requested', {
  versions: {
    1: z.object({
      orderId: z.string(),
      customerId: z.string(),
      items: z.array(z.object({ productId: z.string(), quantity: z.int().positive() })),
      requestedAt: z.iso.datetime(),
    }),
  },
  key: (request) => request.orderId,
  subject: (request) => request.orderId,
});
