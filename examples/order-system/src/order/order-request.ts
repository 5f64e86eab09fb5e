import { quoted } from '@holdfast/core';
import { z } from 'zod';
import type { InputOrder } from '../orders-input/input-order.ts';
import { MAX_ITEMS } from './order.ts';

const id = z
  .string()
  .min(1)
  .max(64)
  .refine((text) => !/[\p{Cc}\p{Cs}\u2028\u2029\ufeff]/u.test(text), 'has control characters');

const body = z.strictObject({
  /** What the customer calls the order. */
  reference: id,
  customerId: id,
  items: z
    .array(
      z.strictObject({
        productId: id,
        quantity: z.int().min(1).max(999_999),
        /** In minor units. */
        unitPrice: z.int().min(0).max(999_999_999_999),
      }),
    )
    .max(MAX_ITEMS + 1),
});

/** An order in a request, or what is wrong with it, naming the field. */
export function parseOrderRequest(text: string): InputOrder | string {
  const { success, data, error } = body.safeParse(jsonOf(text));
  if (success) return { orderId: data.reference, customerId: data.customerId, items: data.items, lines: [] };
  const [issue] = error.issues;
  if (issue === undefined || issue.path.length === 0)
    return issue?.code === 'unrecognized_keys'
      ? unknownKey(issue)
      : 'The body is not a JSON object with the fields of an order.';
  const field = issue.path.map(String).join('.');
  return issue.code === 'unrecognized_keys' ? unknownKey(issue, `${field}.`) : `${quoted(field)}: ${issue.message}.`;
}

/** `undefined` for what is not JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unknownKey({ keys }: { readonly keys: readonly string[] }, path = ''): string {
  return `${quoted(`${path}${keys[0] ?? ''}`, 64)} is no field of an order.`;
}
