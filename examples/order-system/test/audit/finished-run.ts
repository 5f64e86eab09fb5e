import { acceptedOrder } from '../../src/order/order.ts';
import { OrderApi } from '../../src/order/order-api.ts';
import { DIFFICULTIES } from '../../src/orders-input/difficult-customers.ts';
import { GeneratedOrders } from '../../src/orders-input/generated-orders.ts';
import type { InputOrder } from '../../src/orders-input/input-order.ts';
import type { DataFolder } from '../../src/run/data-folder.ts';
import { TestShop } from '../test-shop.ts';

const ORDERS = 20;
/** Of them: those placed by a request. */
export const OVER_HTTP = 2;
/** Of them: those that do not end well, by their place; the generated ones have two more. */
const DIFFICULT: Readonly<Record<number, Partial<InputOrder>>> = {
  4: { customerId: `c${DIFFICULTIES.declined}` },
  8: { items: [{ productId: 'p-soldout', quantity: 1, unitPrice: 100 }] },
  12: { customerId: `c${DIFFICULTIES.remote}` },
};

/** Fills a folder with the databases of a small run in which nothing went wrong, all in this process. */
export async function finishRun(folder: DataFolder): Promise<void> {
  const shop = await TestShop.open(folder);
  const api = new OrderApi(shop.orders, shop.database);
  const source = new GeneratedOrders({ seed: 1, count: ORDERS });
  let lines = 0;
  for (const [index, generated] of [...source.orders()].entries()) {
    const order = { ...generated, ...DIFFICULT[index] };
    lines += order.items.length;
    if (index < OVER_HTTP) await request(api, order);
    else await shop.orders.place([acceptedOrder(order)]);
  }
  await shop.orders.recordIntake({ lines, rejectedLines: 0, orders: ORDERS, refusedOrders: 0, transport: 'memory' });
  await shop.products.put([{ productId: 'product-1', unitPrice: 99 }]);
  await shop.settle();
  await api.close();
  await shop.close();
}

async function request(api: OrderApi, { orderId: reference, customerId, items }: InputOrder): Promise<void> {
  await api.fetch(
    new Request('http://localhost/orders', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': `key-of-${reference}` },
      body: JSON.stringify({ reference, customerId, items }),
    }),
  );
}
