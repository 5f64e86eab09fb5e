import { defineEvent, EventRegistry } from '@holdfast/core';
import { z } from 'zod';

/** What the consumers of the crash tests get, and what they send for it. */
export const orderPlaced = defineEvent('order.placed', {
  versions: { 1: z.object({ orderId: z.string() }) },
  key: ({ orderId }) => orderId,
});

export const orderAnswered = defineEvent('order.answered', {
  versions: { 1: z.object({ orderId: z.string(), answer: z.enum(['done', 'sold out']) }) },
  key: ({ orderId }) => orderId,
});

export const events = new EventRegistry([orderPlaced]);
