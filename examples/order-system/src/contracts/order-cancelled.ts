import { defineEvent } from '@holdfast/core';
import { z } from 'zod';

/** An order will not be carried out, and what was done for it was undone. */
export const orderCancelled = defineEvent('order.cancelled', {
  versions: {
    1: z.object({
      orderId: z.string(),
      cancellationReason: z.string(),
      cancelledAt: z.iso.datetime(),
    }),
  },
  key: (order) => order.orderId,
  subject: (order) => order.orderId,
});
