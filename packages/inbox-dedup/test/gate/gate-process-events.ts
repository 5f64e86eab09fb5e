import { defineEvent } from '@holdfast/core';
import { z } from 'zod';

export const stepTaken = defineEvent('order.step', {
  versions: { 1: z.object({ orderId: z.string(), step: z.int() }) },
  key: ({ orderId }) => orderId,
});
