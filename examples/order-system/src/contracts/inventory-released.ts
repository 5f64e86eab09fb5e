import { defineEvent } from '@holdfast/core';
import { z } from 'zod';

/** Nothing is set aside for an order any more, and nothing will be. `items` were put back: none, with no reservation, when there was none. */
export const inventoryReleased = defineEvent('inventory.released', {
  versions: {
    1: z.object({
      orderId: z.string(),
      reservationId: z.string().nullable(),
      items: z.array(z.object({ productId: z.string(), quantity: z.int().positive() })),
      releasedAt: z.iso.datetime(),
    }),
  },
  key: (release) => release.orderId,
  subject: (release) => release.orderId,
});
