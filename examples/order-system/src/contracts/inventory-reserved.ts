import { defineEvent } from '@holdfast/core';
import { z } from 'zod';

/** All items of an order were set aside. */
export const inventoryReserved = defineEvent('inventory.reserved', {
  versions: {
    1: z.object({
      reservationId: z.string(),
      orderId: z.string(),
      items: z.array(z.object({ productId: z.string(), quantity: z.int().positive() })),
      reservedAt: z.iso.datetime(),
    }),
  },
  key: (reservation) => reservation.orderId,
  subject: (reservation) => reservation.orderId,
});
