import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MAX_BODY_BYTES, OrderApi } from '../../src/order/order-api.ts';
import { createOrderDatabase, type OrderDatabase } from '../../src/order/order-database.ts';
import { ORDER_SAGA_TIMES } from '../../src/order/order-saga.ts';
import { OrderSagas } from '../../src/order/order-sagas.ts';
import { OrderServer } from '../../src/order/order-server.ts';
import { OrderService } from '../../src/order/order-service.ts';
import { temporaryFolder } from '../temporary-folder.ts';

let folder: ReturnType<typeof temporaryFolder>;
let database: OrderDatabase;
let sagas: OrderSagas;
let requiresManualReview: boolean;
let orders: OrderService;
let api: OrderApi;
let server: OrderServer;
beforeEach(async () => {
  folder = temporaryFolder();
  database = await createOrderDatabase(join(folder.path, 'order.sqlite3'));
  sagas = new OrderSagas(database, { times: ORDER_SAGA_TIMES });
  requiresManualReview = false;
  const checkout = { requiresManualReview: async () => requiresManualReview };
  orders = new OrderService(database, { sagas, checkout });
  api = new OrderApi(orders, database);
  server = await OrderServer.listen(api.fetch);
});
afterEach(async () => {
  await server.close();
  await api.close();
  await sagas.stop();
  database.close();
  folder[Symbol.dispose]();
});

const item = { productId: 'p', quantity: 2, unitPrice: 625 };
const order = { reference: 'A', customerId: 'c', items: [item] };

function post(body: unknown, headers: Readonly<Record<string, string>> = { 'idempotency-key': '"k"' }) {
  return fetch(`${server.url}/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

const stored = () =>
  database.handle.prepare('select reference, total_amount, idempotency_key from purchase_order').raw().all();

test('an order is stored with its messages, and can be looked at', async () => {
  const response = await post(order);
  const view = (await response.json()) as { orderId: string };
  expect(response.status).toBe(201);
  expect(view).toMatchObject({ reference: 'A', customerId: 'c', status: 'pending', totalAmount: 1_250 });
  expect(stored()).toEqual([['A', 1_250, 'k']]);
  expect(database.handle.prepare('select count(*) from sent_message').pluck().get()).toBe(2);
  expect(orders.placedCount).toBe(1);
  const shown = await fetch(`${server.url}${response.headers.get('location')}`);
  expect([shown.status, await shown.json()]).toEqual([200, view]);
  expect((await fetch(`${server.url}/orders/other`)).status).toBe(404);
  expect((await fetch(`${server.url}/other`)).status).toBe(404);
});

test('F1.1: of many requests with one key at the same time one makes the order, and all get its answer or are told to wait', async () => {
  const responses = await Promise.all(Array.from({ length: 50 }, () => post(order)));
  const answers = await Promise.all(
    responses.map(async (response) => [response.status, await response.text()] as const),
  );
  const created = new Set(answers.filter(([status]) => status === 201).map(([, text]) => text));
  expect(created.size).toBe(1);
  expect(answers.every(([status]) => status === 201 || status === 409)).toBe(true);
  expect(stored()).toHaveLength(1);
  expect(orders.placedCount).toBe(1);
  const again = await post(order);
  expect([await again.text(), again.headers.get('idempotency-replayed')]).toEqual([[...created][0], 'true']);
});

test('F1.1: the same order under two keys is ordered twice: only the key protects', async () => {
  await post(order);
  await post(order, { 'idempotency-key': 'other' });
  expect(stored()).toHaveLength(2);
});

test('F1.2: another order under a used key is refused, and nothing is written', async () => {
  await post(order);
  expect((await post({ ...order, customerId: 'd' })).status).toBe(422);
  expect(stored()).toHaveLength(1);
});

test.each([
  ['a', /not a JSON object/],
  ['[]', /not a JSON object/],
  [{ ...order, items: undefined }, /"items"/],
  [{ ...order, items: [item, { ...item, quantity: 0 }] }, /"items\.1\.quantity"/],
  [{ ...order, items: [{ ...item, unitPrice: 0.5 }] }, /"items\.0\.unitPrice"/],
  [{ ...order, items: [{ ...item, price: 1 }] }, /"items\.0\.price" is no field/],
  [{ ...order, customerId: 'a\nb' }, /"customerId": has control characters/],
  [{ ...order, total: 1 }, /"total" is no field/],
])('%j is answered with 400, which names the field, and its key stays free', async (body, detail) => {
  const response = await post(body);
  expect(response.status).toBe(400);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(((await response.json()) as { detail: string }).detail).toMatch(detail);
  expect((await post(order)).status).toBe(201);
});

test('an order that is refused is answered with 422 and the reason', async () => {
  const response = await post({ ...order, items: [] });
  expect(response.status).toBe(422);
  expect(((await response.json()) as { detail: string }).detail).toMatch(/"A" was refused, because it has no items/);
  expect(stored()).toEqual([]);
});

test('a missing key is answered with 400, another content type with 415', async () => {
  expect((await post(order, {})).status).toBe(400);
  expect((await post(order, { 'idempotency-key': '"' })).status).toBe(400);
  for (const type of ['text/plain', 'application/json-patch+json']) {
    expect((await post('a=1', { 'content-type': type, 'idempotency-key': 'k' })).status).toBe(415);
  }
  expect(stored()).toEqual([]);
});

test('a body that is too large is answered with 413, and not parsed', async () => {
  expect((await post(`${' '.repeat(MAX_BODY_BYTES)}!`)).status).toBe(413);
});

test('F1.4: a key that a process died with is taken over when its lease is over', async () => {
  const { 'idempotency-key': key, ...first } = { 'idempotency-key': 'k', ...order };
  // A claim whose process has gone: made, and never completed.
  await post(first, { 'idempotency-key': key });
  database.handle.exec(
    `update holdfast_idempotency set status = null, headers = null, body = null, lease_until = 0;
     delete from order_item; delete from sent_message; delete from purchase_order`,
  );
  expect((await post(first, { 'idempotency-key': key })).status).toBe(201);
  expect(stored()).toHaveLength(1);
});

test('F1.3: while the first request is being worked on, the second one is told when to come again', async () => {
  await post(order);
  database.handle.exec(
    `update holdfast_idempotency set status = null, headers = null, body = null, lease_until = 9000000000000000;
     delete from order_item; delete from sent_message; delete from purchase_order`,
  );
  const response = await post(order);
  expect([response.status, Number(response.headers.get('retry-after')) >= 1]).toEqual([409, true]);
  expect(stored()).toEqual([]);
});
