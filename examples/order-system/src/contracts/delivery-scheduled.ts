import { defineEvent } from '@holdfast/core';
import { z } from 'zod';

/** An order will be delivered. */
export const deliveryScheduled = defineEvent('delivery.scheduled', {
  versions: {
    1: z.object({
      deliveryId: z.string(),
      orderId: z.string(),
      scheduledAt: z.iso.datetime(),
    }),
  },
  key: (delivery) => delivery.orderId,
  subject: (delivery) => delivery.orderId,
});
