import { defineEvent } from '@holdfast/core';
import { z } from 'zod';

/** The order service asks to put back what was set aside for an order. It may not know whether anything was; inventory does. */
export const inventoryReleaseRequested = defineEvent('inventory.release-requested', {
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
