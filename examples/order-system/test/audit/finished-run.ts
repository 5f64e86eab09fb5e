import { Relay } from '@holdfast/outbox';
import { MemoryBroker } from '@holdfast/transports/memory';
import { AnalyticsService } from '../../src/analytics/analytics-service.ts';
import type { ConsumingService } from '../../src/consumer/consuming-service.ts';
import { QueueConsumer } from '../../src/consumer/queue-consumer.ts';
import { InventoryService } from '../../src/inventory/inventory-service.ts';
import { acceptedOrder } from '../../src/order/order.ts';
import { createOrderDatabase } from '../../src/order/order-database.ts';
import { OrderService } from '../../src/order/order-service.ts';
import { GeneratedOrders } from '../../src/orders-input/generated-orders.ts';
import { PaymentService } from '../../src/payment/payment-service.ts';
import type { DataFolder } from '../../src/run/data-folder.ts';

const ORDERS = 20;

/** Fills a folder with the databases of a small run in which nothing went wrong, all in this process. */
export async function finishRun(folder: DataFolder): Promise<void> {
  const orderDatabase = await createOrderDatabase(folder.file('order'));
  const orders = new OrderService(orderDatabase);
  const source = new GeneratedOrders({ seed: 1, count: ORDERS });
  for (const order of source.orders()) orders.place([acceptedOrder(order)]);
  orders.recordIntake({
    lines: source.lineCount,
    rejectedLines: 0,
    orders: ORDERS,
    refusedOrders: 0,
    transport: 'memory',
  });

  const broker = new MemoryBroker();
  const services = [
    new PaymentService(folder.file('payment')),
    new InventoryService(folder.file('inventory')),
    new AnalyticsService(folder.file('analytics')),
  ];
  for (const { name, events } of services) await broker.declare({ queue: name, types: events.types });
  const relay = new Relay({ store: orderDatabase.outboxStore, publisher: broker });
  await relay.runOnce();
  await relay.stop();
  for (const service of services) await applyAll(service, broker);
  await broker.close();
  orderDatabase.handle.close();
}

async function applyAll(service: ConsumingService, broker: MemoryBroker): Promise<void> {
  const consumer = new QueueConsumer({ service, queue: broker.reader(service.name), onError: () => {} });
  while ((await broker.stats(service.name)).ready > 0) await consumer.runOnce();
  await consumer.stop();
  service.db.close();
}
