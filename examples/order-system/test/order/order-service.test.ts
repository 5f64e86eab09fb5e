import { join } from 'node:path';
import { expect, test } from 'vitest';
import { acceptedOrder } from '../../src/order/order.ts';
import { createOrderDatabase } from '../../src/order/order-database.ts';
import { OrderService } from '../../src/order/order-service.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const order = (orderId: string) =>
  acceptedOrder({ orderId, customerId: 'c', items: [{ productId: 'p', quantity: 2, unitPrice: 5 }], lines: [] });

test('F3.5: orders are stored with their messages, or neither is', async () => {
  using folder = temporaryFolder();
  const database = await createOrderDatabase(join(folder.path, 'order.sqlite3'));
  const service = new OrderService(database);
  await service.place([order('A'), order('B')]);
  await expect(service.place([order('C'), order('A')])).rejects.toThrow(/UNIQUE/);
  expect(service.placedCount).toBe(2);

  const ids = database.handle.prepare('select order_id from purchase_order order by order_id').pluck().all();
  expect(ids).toEqual(['A', 'B']);
  const messages = database.handle.prepare('select type, order_id from sent_message order by position').raw().all();
  expect(messages).toEqual(
    ['A', 'B'].flatMap((id) => [
      ['order.created', id],
      ['order.payment-requested', id],
      ['order.inventory-requested', id],
    ]),
  );
  const { lanes } = await database.outboxStore.housekeeping.stats();
  expect(lanes.reduce((sum, { pending }) => sum + pending, 0)).toBe(6);
  database.close();
});
