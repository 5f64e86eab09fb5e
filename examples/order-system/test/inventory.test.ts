import { join } from 'node:path';
import type { Message } from '@holdfast/core';
import { expect, test } from 'vitest';
import { orderInventoryRequested } from '../src/contracts/order-inventory-requested.ts';
import { INITIAL_STOCK, InventoryService } from '../src/inventory/inventory-service.ts';
import { temporaryFolder } from './temporary-folder.ts';

function request(orderId: string, items: readonly { productId: string; quantity: number }[]): Message {
  const { type, data } = orderInventoryRequested({ orderId, items: [...items], requestedAt: '2027-01-01T00:00:00Z' });
  return { id: `m-${orderId}`, source: '/orders', type, key: orderId, time: 0, data, attributes: {} };
}

test('F12.1: stock never goes below zero: an order gets everything or nothing', () => {
  using folder = temporaryFolder();
  const inventory = new InventoryService(join(folder.path, 'inventory.sqlite3'));
  const apply = (message: Message) => inventory.db.transaction(() => inventory.apply(message)).immediate();
  apply(request('A', [{ productId: 'p', quantity: INITIAL_STOCK - 1 }]));
  apply(
    request('B', [
      { productId: 'q', quantity: 1 },
      { productId: 'p', quantity: 1 },
      { productId: 'p', quantity: 1 },
    ]),
  );
  apply(request('C', [{ productId: 'p', quantity: 1 }]));
  const stock = inventory.db.prepare('select product_id, on_hand from stock order by 1').raw().all();
  expect(stock).toEqual([
    ['p', 0],
    ['q', INITIAL_STOCK],
  ]);
  const reservations = inventory.db.prepare('select order_id, status from reservation order by 1').raw().all();
  expect(reservations).toEqual([
    ['A', 'reserved'],
    ['B', 'refused'],
    ['C', 'reserved'],
  ]);
  inventory.db.close();
});
