import { defineEvent } from '@holdfast/core';
import { z } from 'zod';

/** Nothing of an order was set aside, and nothing will be. `failedItems` are the products that do not suffice. */
export const inventoryFailed = defineEvent('inventory.failed', {
  versions: {
    1: z.object({
      orderId: z.string(),
      failureReason: z.string(),
      failedItems: z.array(
        z.object({
          productId: z.string(),
          requestedQuantity: z.int().positive(),
          availableQuantity: z.int().nonnegative(),
        }),
      ),
      failedAt: z.iso.datetime(),
    }),
  },
  key: (failure) => failure.orderId,
  subject: (failure) => failure.orderId,
});
