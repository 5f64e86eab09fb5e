import { Relay, SqliteOutboxStore } from '@holdfast/outbox';
import { BetterSqlite3Database } from '@holdfast/sql/better-sqlite3';
import { MemoryBroker } from '@holdfast/transports/memory';
import { AnalyticsService } from '../src/analytics/analytics-service.ts';
import type { ConsumingService } from '../src/consumer/consuming-service.ts';
import { QueueConsumer } from '../src/consumer/queue-consumer.ts';
import { DeliveryService } from '../src/delivery/delivery-service.ts';
import { InventoryService } from '../src/inventory/inventory-service.ts';
import { NotificationService } from '../src/notification/notification-service.ts';
import { type Checkout, openCheckout } from '../src/order/checkout.ts';
import { createOrderDatabase, type OrderDatabase } from '../src/order/order-database.ts';
import { ORDER_SAGA_TIMES, type OrderSagaTimes } from '../src/order/order-saga.ts';
import { OrderSagas } from '../src/order/order-sagas.ts';
import { OrderService } from '../src/order/order-service.ts';
import { PaymentService } from '../src/payment/payment-service.ts';
import { ProviderClient } from '../src/payment/provider-client.ts';
import { ProductService } from '../src/product/product-service.ts';
import { type DataFolder, SENDERS } from '../src/run/data-folder.ts';
import { openDatabase, type SqliteHandle } from '../src/sqlite/open-database.ts';
import { type TestProvider, wellBehavedProvider } from './provider/test-provider.ts';

export interface TestShopOptions {
  readonly times?: Partial<OrderSagaTimes>;
  readonly checkout?: Checkout;
}

interface Parts {
  readonly database: OrderDatabase;
  readonly sagas: OrderSagas;
  readonly orders: OrderService;
  readonly services: readonly ConsumingService[];
  readonly products: ProductService;
  readonly payment: PaymentService;
  readonly provider: TestProvider;
  readonly broker: MemoryBroker;
  readonly relays: readonly { readonly relay: Relay; readonly handle: SqliteHandle }[];
}

/** The whole system in this process, over a broker in memory; nothing moves by itself. */
export class TestShop {
  readonly database: OrderDatabase;
  readonly sagas: OrderSagas;
  readonly orders: OrderService;
  readonly provider: TestProvider;
  readonly products: ProductService;
  readonly #parts: Parts;
  readonly #consumers: readonly QueueConsumer[];
  /** Services that take nothing until they are let in again. */
  readonly #silent = new Set<string>();

  private constructor(parts: Parts) {
    this.database = parts.database;
    this.sagas = parts.sagas;
    this.orders = parts.orders;
    this.provider = parts.provider;
    this.products = parts.products;
    this.#parts = parts;
    this.#consumers = parts.services.map(
      (service) => new QueueConsumer({ service, queue: parts.broker.reader(service.name), onError: () => {} }),
    );
  }

  static async open(folder: DataFolder, { times, checkout = openCheckout }: TestShopOptions = {}): Promise<TestShop> {
    const database = await createOrderDatabase(folder.file('order'));
    const sagas = new OrderSagas(database, { times: { ...ORDER_SAGA_TIMES, ...times } });
    const provider = await wellBehavedProvider(folder.file('provider'));
    const parts = {
      database,
      sagas,
      orders: new OrderService(database, { sagas, checkout }),
      services: [
        sagas,
        await InventoryService.open(folder.file('inventory')),
        await DeliveryService.open(folder.file('delivery')),
        await NotificationService.open(folder.file('notification')),
        await AnalyticsService.open(folder.file('analytics')),
      ],
      products: await ProductService.open(folder.file('product')),
      payment: await PaymentService.open({
        file: folder.file('payment'),
        effectsFile: folder.file('effects'),
        provider: new ProviderClient(provider.url),
      }),
      provider,
      broker: new MemoryBroker(),
    };
    await parts.broker.declare({ queue: PaymentService.queue, types: PaymentService.types });
    for (const { name, types } of parts.services) await parts.broker.declare({ queue: name, types });
    const relays = SENDERS.map((sender) => {
      const handle = openDatabase(folder.file(sender));
      const store = new SqliteOutboxStore({ database: new BetterSqlite3Database(handle) });
      return { handle, relay: new Relay({ store, publisher: parts.broker }) };
    });
    return new TestShop({ ...parts, relays });
  }

  silence(service: 'payment' | 'inventory' | 'delivery'): void {
    this.#silent.add(service);
  }

  speak(service: 'payment' | 'inventory' | 'delivery'): void {
    this.#silent.delete(service);
  }

  /** Lets everything happen that can, until nothing moves any more. */
  async settle(): Promise<void> {
    for (let moved = true; moved; ) {
      for (const { relay } of this.#parts.relays) await relay.runOnce();
      moved = await this.#pay();
      for (const consumer of this.#consumers) moved = (await this.#consume(consumer)) || moved;
    }
  }

  /** Everything is stopped and closed. */
  async close(): Promise<void> {
    const { relays, services, products, payment, provider, broker, database, sagas } = this.#parts;
    for (const { relay, handle } of relays) {
      await relay.stop();
      handle.close();
    }
    for (const consumer of this.#consumers) await consumer.stop();
    await sagas.stop();
    for (const service of services) service.close();
    products.close();
    await payment.close();
    await provider[Symbol.asyncDispose]();
    await broker.close();
    database.close();
  }

  async #consume(consumer: QueueConsumer): Promise<boolean> {
    if (this.#silent.has(consumer.name)) return false;
    const { ready } = await this.#parts.broker.stats(consumer.name);
    if (ready > 0) await consumer.runOnce();
    return ready > 0;
  }

  async #pay(): Promise<boolean> {
    if (this.#silent.has(PaymentService.queue)) return false;
    const deliveries = await this.#parts.broker.reader(PaymentService.queue).pull(100, { waitMs: 0 });
    for (const delivery of deliveries) {
      await this.#parts.payment.handle(delivery.envelope, delivery.deliveryCount);
      await delivery.ack();
    }
    return deliveries.length > 0;
  }
}
