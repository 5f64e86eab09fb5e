import type { InputItem, InputOrder } from '../orders-input/input-order.ts';
import { formatMinorUnits } from '../orders-input/minor-units.ts';
import { OrderRefusedError } from './order-refused-error.ts';

/** An order that the order service accepts. */
export interface Order {
  readonly orderId: string;
  readonly customerId: string;
  readonly items: readonly InputItem[];
  /** In minor units. */
  readonly totalAmount: number;
}

export const MAX_ITEMS = 500;

/** In minor units. So many of such orders have a sum that SQLite's integers hold. */
export const MAX_TOTAL = 999_999_999_999;

/** Decides whether an order is accepted. @throws OrderRefusedError */
export function acceptedOrder({ orderId, customerId, items }: InputOrder): Order {
  if (items.length === 0) throw new OrderRefusedError(orderId, 'it has no items');
  if (items.length > MAX_ITEMS) {
    throw new OrderRefusedError(orderId, `it has ${items.length} items, more than ${MAX_ITEMS}`);
  }
  // What is too large to be exact is far too large to be accepted.
  const totalAmount = items.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
  if (totalAmount > MAX_TOTAL) {
    throw new OrderRefusedError(orderId, `its total is more than ${formatMinorUnits(MAX_TOTAL)}`);
  }
  return { orderId, customerId, items, totalAmount };
}
