import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { HttpCustomers } from '../../src/customers/http-customers.ts';
import { openCheckout } from '../../src/order/checkout.ts';
import { acceptedOrder } from '../../src/order/order.ts';
import { OrderApi } from '../../src/order/order-api.ts';
import { createOrderDatabase } from '../../src/order/order-database.ts';
import { ORDER_SAGA_TIMES } from '../../src/order/order-saga.ts';
import { OrderSagas } from '../../src/order/order-sagas.ts';
import { OrderServer } from '../../src/order/order-server.ts';
import { OrderService } from '../../src/order/order-service.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const order = (orderId: string) =>
  acceptedOrder({ orderId, customerId: 'c', items: [{ productId: 'p', quantity: 2, unitPrice: 5 }], lines: [] });

test('F1.1, F1.2: customers press twice, give up and ask again, and have one order each', async () => {
  using folder = temporaryFolder();
  const database = await createOrderDatabase(join(folder.path, 'order.sqlite3'));
  const sagas = new OrderSagas(database, { times: ORDER_SAGA_TIMES });
  const orders = new OrderService(database, { sagas, checkout: openCheckout });
  const api = new OrderApi(orders, database);
  const server = await OrderServer.listen(api.fetch);
  const customers = new HttpCustomers(server.url);
  for (const orderId of ['A', 'B', 'C', 'D', 'E']) await customers.place(order(orderId));
  await customers.settled();
  await server.close();
  await api.close();
  expect(customers.facts).toMatchObject({
    orders: 5,
    givenUp: 1,
    repeated: 4,
    reused: 1,
    reuseRefused: 1,
    wrongAnswers: 0,
  });
  const references = database.handle.prepare('select reference from purchase_order order by 1').pluck().all();
  expect(references).toEqual(['A', 'B', 'C', 'D', 'E']);
  database.close();
});

test('F1.2: a customer whose connection breaks before the answer asks again with the same key', async () => {
  const keys: unknown[] = [];
  const server = createServer((request, response) => {
    keys.push(request.headers['idempotency-key']);
    request.resume().on('end', () => {
      if (keys.length === 1) response.destroy();
      else response.writeHead(201).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const customers = new HttpCustomers(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await customers.place(order('A'));
  await customers.settled();
  server.closeAllConnections();
  server.close();
  expect(new Set(keys).size).toBe(1);
  expect(customers.facts).toMatchObject({ orders: 1, givenUp: 1, repeated: 2, wrongAnswers: 0 });
});

test('a service that forgets its answers is noticed', async () => {
  let answers = 0;
  const server = await OrderServer.listen(() => {
    answers += 1;
    return Response.json({ orderId: answers }, { status: 201 });
  });
  const customers = new HttpCustomers(server.url);
  await customers.place(order('A'));
  await customers.settled();
  await server.close();
  expect(customers.facts).toMatchObject({ repeated: 1, wrongAnswers: 1, reused: 1, reuseRefused: 0 });
});

test('a service that refuses an order for good ends the run', async () => {
  const server = await OrderServer.listen(() => new Response('no', { status: 400 }));
  const customers = new HttpCustomers(server.url);
  await expect(customers.place(order('A'))).rejects.toThrow(/status 400: "no"/);
  await customers.settled().catch(() => {});
  await server.close();
});
