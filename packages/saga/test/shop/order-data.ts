import { z } from 'zod';

const step = z.enum(['none', 'asked', 'done', 'failed', 'unknown', 'undone']);

/** What an order saga knows. A step is `unknown` when it never answered; it may have happened. */
export const orderData = z.object({
  orderId: z.string(),
  customer: z.string(),
  amount: z.int(),
  sku: z.string(),
  quantity: z.int(),
  payment: step,
  stock: step,
  delivery: step,
  /** How often the compensation under way was sent. */
  attempts: z.int(),
  failure: z.string().nullable(),
});

export type OrderData = z.infer<typeof orderData>;

export type OrderStep = 'payment' | 'stock' | 'delivery';
