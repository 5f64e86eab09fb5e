import { defineEvent } from '@holdfast/core';
import { z } from 'zod';

/** An order will not be delivered. `deliveryId` is the delivery that was called off, `null` when there was none. */
export const deliveryCancelled = defineEvent('delivery.cancelled', {
  versions: {
    1: z.object({
      deliveryId: z.string().nullable(),
      orderId: z.string(),
      cancelledAt: z.iso.datetime(),
    }),
  },
  key: (cancellation) => cancellation.orderId,
  subject: (cancellation) => cancellation.orderId,
});
