import { expect, test } from 'vitest';
import { acceptedOrder, MAX_ITEMS, MAX_TOTAL } from '../../src/order/order.ts';
import type { InputItem } from '../../src/orders-input/input-order.ts';

const item = (given: Partial<InputItem> = {}): InputItem => ({ productId: 'p', quantity: 1, unitPrice: 100, ...given });
const order = (items: readonly InputItem[]) => ({ orderId: 'A', customerId: 'c', items, lines: [] });

test('the total is what the items cost together', () => {
  const items = [item({ quantity: 3, unitPrice: 19 }), item({ unitPrice: 5 }), item({ unitPrice: 0 })];
  expect(acceptedOrder(order(items)).totalAmount).toBe(62);
});

test('an order without items, with too many, or too expensive is refused with the reason', () => {
  expect(() => acceptedOrder(order([]))).toThrow(/"A" was refused, because it has no items/);
  expect(() => acceptedOrder(order(Array.from({ length: MAX_ITEMS + 1 }, () => item())))).toThrow(/501 items/);
  const dearest = item({ unitPrice: MAX_TOTAL });
  expect(acceptedOrder(order([dearest])).totalAmount).toBe(MAX_TOTAL);
  expect(() => acceptedOrder(order([dearest, item({ unitPrice: 1 })]))).toThrow(/its total is more than/);
  expect(() => acceptedOrder(order([item({ quantity: 999_999, unitPrice: MAX_TOTAL })]))).toThrow(/its total/);
});
