import { join } from 'node:path';
import { type Envelope, MessageEncoder } from '@holdfast/core';
import { expect, test } from 'vitest';
import { orderInventoryRequested } from '../src/contracts/order-inventory-requested.ts';
import { INITIAL_STOCK } from '../src/inventory/initial-stock.ts';
import { InventoryService } from '../src/inventory/inventory-service.ts';
import { openForReading } from '../src/sqlite/open-database.ts';
import { temporaryFolder } from './temporary-folder.ts';

const encoder = new MessageEncoder({ source: '/orders' });
const requestedAt = '2027-01-01T00:00:00.000Z';

function request(orderId: string, items: readonly { productId: string; quantity: number }[]): Envelope {
  return encoder.encode(orderInventoryRequested({ orderId, items: [...items], requestedAt }));
}

async function state(envelopes: readonly Envelope[]) {
  using folder = temporaryFolder();
  const file = join(folder.path, 'inventory.sqlite3');
  const inventory = await InventoryService.open(file);
  const outcomes = await Promise.all(envelopes.map((envelope) => inventory.inbox.handle(envelope, inventory.work)));
  inventory.close();
  const db = openForReading(file);
  const stock = db.prepare('select product_id, on_hand from stock order by 1').raw().all();
  const reservations = db.prepare('select order_id, status from reservation order by 1').raw().all();
  db.close();
  return { outcomes, stock, reservations };
}

test('F12.1: stock never goes below zero: an order gets everything or nothing', async () => {
  const { stock, reservations } = await state([
    request('A', [{ productId: 'p', quantity: INITIAL_STOCK - 1 }]),
    request('B', [
      { productId: 'q', quantity: 1 },
      { productId: 'p', quantity: 1 },
      { productId: 'p', quantity: 1 },
    ]),
    request('C', [{ productId: 'p', quantity: 1 }]),
  ]);
  expect(stock).toEqual([
    ['p', 0],
    ['q', INITIAL_STOCK],
  ]);
  expect(reservations).toEqual([
    ['A', 'reserved'],
    ['B', 'refused'],
    ['C', 'reserved'],
  ]);
});

test('F12.2: a message that comes twice at the same time takes stock once', async () => {
  const envelope = request('A', [{ productId: 'p', quantity: 3 }]);
  const { outcomes, stock, reservations } = await state([envelope, envelope]);
  expect(outcomes.toSorted()).toEqual(['applied', 'duplicate']);
  expect([stock, reservations]).toEqual([[['p', INITIAL_STOCK - 3]], [['A', 'reserved']]]);
});
