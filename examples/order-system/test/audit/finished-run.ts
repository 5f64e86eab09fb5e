import type { QueueReader } from '@holdfast/core';
import { Relay } from '@holdfast/outbox';
import { MemoryBroker } from '@holdfast/transports/memory';
import { AnalyticsService } from '../../src/analytics/analytics-service.ts';
import { QueueConsumer } from '../../src/consumer/queue-consumer.ts';
import { InventoryService } from '../../src/inventory/inventory-service.ts';
import { acceptedOrder } from '../../src/order/order.ts';
import { OrderApi } from '../../src/order/order-api.ts';
import { createOrderDatabase } from '../../src/order/order-database.ts';
import { OrderService } from '../../src/order/order-service.ts';
import { GeneratedOrders } from '../../src/orders-input/generated-orders.ts';
import type { InputOrder } from '../../src/orders-input/input-order.ts';
import { PaymentService } from '../../src/payment/payment-service.ts';
import { ProviderClient } from '../../src/payment/provider-client.ts';
import type { DataFolder } from '../../src/run/data-folder.ts';
import { wellBehavedProvider } from '../provider/test-provider.ts';

const ORDERS = 20;
/** Of them: those placed by a request. */
export const OVER_HTTP = 2;

/** Fills a folder with the databases of a small run in which nothing went wrong, all in this process. */
export async function finishRun(folder: DataFolder): Promise<void> {
  const orderDatabase = await createOrderDatabase(folder.file('order'));
  const orders = new OrderService(orderDatabase);
  const api = new OrderApi(orders, orderDatabase);
  const source = new GeneratedOrders({ seed: 1, count: ORDERS });
  for (const [index, order] of [...source.orders()].entries()) {
    if (index < OVER_HTTP) await request(api, order);
    else await orders.place([acceptedOrder(order)]);
  }
  await orders.recordIntake({
    lines: source.lineCount,
    rejectedLines: 0,
    orders: ORDERS,
    refusedOrders: 0,
    transport: 'memory',
  });

  const broker = new MemoryBroker();
  const services = [
    await InventoryService.open(folder.file('inventory')),
    await AnalyticsService.open(folder.file('analytics')),
  ];
  await broker.declare({ queue: PaymentService.queue, types: PaymentService.types });
  for (const { name, types } of services) await broker.declare({ queue: name, types });
  const relay = new Relay({ store: orderDatabase.outboxStore, publisher: broker });
  await relay.runOnce();
  await relay.stop();
  await pay(folder, broker.reader(PaymentService.queue));
  for (const service of services) {
    const consumer = new QueueConsumer({ service, queue: broker.reader(service.name), onError: () => {} });
    while ((await broker.stats(service.name)).ready > 0) await consumer.runOnce();
    await consumer.stop();
    service.close();
  }
  await broker.close();
  orderDatabase.close();
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

async function pay(folder: DataFolder, queue: QueueReader): Promise<void> {
  await using provider = await wellBehavedProvider(folder.file('provider'));
  const payment = await PaymentService.open({
    file: folder.file('payment'),
    effectsFile: folder.file('effects'),
    provider: new ProviderClient(provider.url),
  });
  for (const delivery of await queue.pull(ORDERS, { waitMs: 0 })) {
    await payment.handle(delivery.envelope, delivery.deliveryCount);
    await delivery.ack();
  }
  await payment.close();
}
