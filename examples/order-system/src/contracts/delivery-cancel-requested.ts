import { defineEvent } from '@holdfast/core';
import { z } from 'zod';

/** The order service asks not to deliver an order. It may not know whether a delivery was scheduled; the delivery service does. */
export const deliveryCancelRequested = defineEvent('delivery.cancel-requested', {
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
