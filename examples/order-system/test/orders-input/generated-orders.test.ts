import { expect, test } from 'vitest';
import { acceptedOrder } from '../../src/order/order.ts';
import { GeneratedOrders } from '../../src/orders-input/generated-orders.ts';

const generated = (seed: number, count = 200) => [...new GeneratedOrders({ seed, count }).orders()];

test('the same seed makes the same orders, another one makes others', () => {
  expect(generated(7)).toEqual(generated(7));
  expect(generated(7).map(({ items }) => items)).not.toEqual(generated(8).map(({ items }) => items));
});

test('every generated order is accepted and has an id of its own', () => {
  const orders = generated(3);
  for (const order of orders) expect(acceptedOrder(order).totalAmount).toBeGreaterThan(0);
  expect(new Set(orders.map(({ orderId }) => orderId)).size).toBe(200);
});

test('a product has one price', () => {
  const prices = new Map<string, number>();
  for (const { productId, unitPrice } of generated(3).flatMap(({ items }) => items)) {
    expect(prices.get(productId) ?? unitPrice).toBe(unitPrice);
    prices.set(productId, unitPrice);
  }
});
