import { defineEvent } from '@holdfast/core';
import { z } from 'zod';

/** An order cannot be delivered, and will not be. */
export const deliveryFailed = defineEvent('delivery.failed', {
  versions: {
    1: z.object({
      orderId: z.string(),
      failureReason: z.string(),
      failedAt: z.iso.datetime(),
    }),
  },
  key: (failure) => failure.orderId,
  subject: (failure) => failure.orderId,
});
