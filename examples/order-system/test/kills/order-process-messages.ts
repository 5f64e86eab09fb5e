import type { Envelope } from '@holdfast/core';
import type { Order } from '../../src/order/order.ts';

/** What the test asks of the order service's process; each is answered by its call. */
export type ToOrders = { readonly call: number } & (
  | { readonly kind: 'place'; readonly orders: readonly Order[] }
  | { readonly kind: 'handle'; readonly batch: readonly { readonly envelope: Envelope; readonly attempt: number }[] }
  /** A person attends to orders that stand still. */
  | { readonly kind: 'attend' }
  | { readonly kind: 'close-books'; readonly lines: number; readonly orders: number }
);

/** `done`: how many were dealt with. `failed`: the batch has to come again. */
export type FromOrders =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly call: number; readonly count: number; readonly duplicates: number }
  | { readonly kind: 'failed'; readonly call: number; readonly error: string };
