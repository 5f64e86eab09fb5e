import { defineEvent } from '@holdfast/core';
import { z } from 'zod';

/** An order is paid, set aside and on its way. */
export const orderCompleted = defineEvent('order.completed', {
  versions: {
    1: z.object({
      orderId: z.string(),
      completedAt: z.iso.datetime(),
    }),
  },
  key: (order) => order.orderId,
  subject: (order) => order.orderId,
});
