import { defineEvent } from '@holdfast/core';
import { z } from 'zod';

/** A product is new or has another price. `unitPrice` is an integer in the currency's minor unit (cents). */
export const productChanged = defineEvent('product.changed', {
  versions: {
    1: z.object({
      productId: z.string(),
      unitPrice: z.int().nonnegative(),
      changedAt: z.iso.datetime(),
    }),
  },
  key: (product) => product.productId,
  subject: (product) => product.productId,
});
