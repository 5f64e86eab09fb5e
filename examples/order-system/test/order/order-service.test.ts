import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openCheckout } from '../../src/order/checkout.ts';
import { acceptedOrder } from '../../src/order/order.ts';
import { createOrderDatabase } from '../../src/order/order-database.ts';
import { ORDER_SAGA_TIMES } from '../../src/order/order-saga.ts';
import { OrderSagas } from '../../src/order/order-sagas.ts';
import { OrderService } from '../../src/order/order-service.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const order = (orderId: string) =>
  acceptedOrder({ orderId, customerId: 'c', items: [{ productId: 'p', quantity: 2, unitPrice: 5 }], lines: [] });

test('F3.5: orders are stored with their sagas and their messages, or none of it is', async () => {
  using folder = temporaryFolder();
  const database = await createOrderDatabase(join(folder.path, 'order.sqlite3'));
  const sagas = new OrderSagas(database, { times: ORDER_SAGA_TIMES });
  const service = new OrderService(database, { sagas, checkout: openCheckout });
  await service.place([order('A'), order('B')]);
  await expect(service.place([order('C'), order('A')])).rejects.toThrow(/UNIQUE/);
  expect(service.placedCount).toBe(2);

  const ids = database.handle.prepare('select order_id from purchase_order order by order_id').pluck().all();
  expect(ids).toEqual(['A', 'B']);
  const messages = database.handle.prepare('select type, key from sent_message order by position').raw().all();
  expect(messages).toEqual(
    ['order.created', 'order.payment-requested'].flatMap((type) => ['A', 'B'].map((id) => [type, id])),
  );
  const { lanes } = await database.outboxStore.housekeeping.stats();
  expect(lanes.reduce((sum, { pending }) => sum + pending, 0)).toBe(4);
  const begun = database.handle.prepare('select key, state from holdfast_saga order by 1').raw().all();
  expect(begun).toEqual([
    ['A', 'payment'],
    ['B', 'payment'],
  ]);
  database.close();
});
