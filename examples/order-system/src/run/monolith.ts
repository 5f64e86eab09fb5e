import { worstLevel } from '@holdfast/core';
import { AnalyticsService } from '../analytics/analytics-service.ts';
import { ConcurrentConsumer } from '../consumer/concurrent-consumer.ts';
import type { ConsumingService } from '../consumer/consuming-service.ts';
import { LateQueue } from '../consumer/late-queue.ts';
import { QueueConsumer } from '../consumer/queue-consumer.ts';
import type { ServiceConsumer } from '../consumer/service-consumer.ts';
import { DeliveryService } from '../delivery/delivery-service.ts';
import { isOfLateCustomer } from '../delivery/late-customer.ts';
import { InventoryService } from '../inventory/inventory-service.ts';
import { NotificationService } from '../notification/notification-service.ts';
import { CatalogueCheckout } from '../order/catalogue-checkout.ts';
import { OrderApi } from '../order/order-api.ts';
import { createOrderDatabase, type OrderDatabase } from '../order/order-database.ts';
import type { OrderSagaTimes } from '../order/order-saga.ts';
import { OrderSagas } from '../order/order-sagas.ts';
import { OrderServer } from '../order/order-server.ts';
import { OrderService } from '../order/order-service.ts';
import { type Review, ReviewDesk } from '../order/review-desk.ts';
import { PaymentService } from '../payment/payment-service.ts';
import type { PaymentProcess } from '../payment-process/payment-process.ts';
import { ProductService } from '../product/product-service.ts';
import { SwitchedProductLookup } from '../product/switched-product-lookup.ts';
import type { OrderTransport } from '../transport/order-transport.ts';
import type { DataFolder, ServiceName } from './data-folder.ts';
import { type SagaCounts, ServiceBooks } from './service-books.ts';

export interface MonolithOptions {
  readonly folder: DataFolder;
  /** Belongs to the caller, who closes it afterwards. */
  readonly transport: OrderTransport;
  /** Does the payment service's work. It runs already, and is stopped by the caller afterwards. */
  readonly payment: PaymentProcess;
  /** How long the order service waits for answers. */
  readonly times: OrderSagaTimes;
  /** Told of every failure of a consumer; it tries again by itself. */
  readonly onError: (consumer: string, error: unknown) => void;
  readonly onReviewed: (reviews: readonly Review[]) => void;
}

interface MonolithParts {
  readonly orderDatabase: OrderDatabase;
  readonly sagas: OrderSagas;
  readonly services: readonly ConsumingService[];
  readonly products: ProductService;
  readonly lookup: SwitchedProductLookup;
  readonly desk: ReviewDesk;
  readonly api: OrderApi;
  readonly server: OrderServer;
  readonly orders: OrderService;
}

/** How many charges are under way at the same time. */
const CHARGES = 64;
/** How much later than the order service waits for it an answer of the delivery service is, for customers of whom it is. */
const LATER_MS = 1_500;

/** The services in one process, each with its own database, with a transport between them. Payment's work is done by its own process. */
export class Monolith {
  readonly orders: OrderService;
  readonly sagas: OrderSagas;
  readonly products: ProductService;
  /** The way from the order service to the product service. */
  readonly lookup: SwitchedProductLookup;
  readonly consumers: readonly ServiceConsumer[];
  readonly #parts: MonolithParts;
  readonly #transport: OrderTransport;
  readonly #books: ServiceBooks;
  readonly #late: LateQueue;

  private constructor(parts: MonolithParts, { folder, transport, payment, times, onError }: MonolithOptions) {
    this.#parts = parts;
    this.#transport = transport;
    this.orders = parts.orders;
    this.sagas = parts.sagas;
    this.products = parts.products;
    this.lookup = parts.lookup;
    this.#late = new LateQueue({
      queue: transport.queues.reader('delivery'),
      isLate: isOfLateCustomer,
      delayMs: times.deliveryMs + LATER_MS,
    });
    this.consumers = [
      new ConcurrentConsumer({
        name: PaymentService.queue,
        types: PaymentService.types,
        queue: transport.queues.reader(PaymentService.queue),
        handle: (envelope, attempt) => payment.handle(envelope, attempt),
        concurrency: CHARGES,
        onError: (error) => onError(PaymentService.queue, error),
      }),
      ...parts.services.map(
        (service) =>
          new QueueConsumer({
            service,
            queue: service.name === 'delivery' ? this.#late : transport.queues.reader(service.name),
            onError: (error) => onError(service.name, error),
          }),
      ),
    ];
    this.#books = new ServiceBooks(
      folder,
      this.consumers.map(({ name }) => name as ServiceName),
    );
  }

  static async start(options: MonolithOptions): Promise<Monolith> {
    const { transport } = options;
    const parts = await startParts(options);
    const monolith = new Monolith(parts, options);
    for (const { name, types } of monolith.consumers) await transport.queues.declare(name, types);
    for (const consumer of monolith.consumers) consumer.start();
    parts.sagas.start();
    parts.desk.start();
    return monolith;
  }

  /** Where the order service takes requests. */
  get url(): string {
    return this.#parts.server.url;
  }

  /** Messages that are committed and not relayed yet. */
  unsentCount(): Promise<number> {
    return this.#books.unsentCount();
  }

  /** Messages in the broker that are not settled, as far as it tells, dead letters included. */
  queuedCount(): Promise<number> {
    return this.#transport.queues.count();
  }

  /** Messages that consumers hold, or have handed back for later. */
  get unsettledCount(): number {
    return this.consumers.reduce((sum, { unsettledCount }) => sum + unsettledCount, this.#late.heldCount);
  }

  /** Requests to payment that it has not dealt with, and orders whose requests come when they have been looked at. */
  get unpaidCount(): number {
    return this.heldCount + this.#books.awaitedBy(this.consumers.filter(({ name }) => name === PaymentService.queue));
  }

  /** Effects that what was committed is to have, and has not had. */
  get awaitedCount(): number {
    return this.#books.awaitedBy(this.consumers);
  }

  get sagaCounts(): SagaCounts {
    return this.#books.unfinishedSagas;
  }

  /** Orders that wait for a review, which is not far. */
  get heldCount(): number {
    return this.#books.heldCount;
  }

  /** As people are told it, by consumer. */
  get applied(): readonly { readonly consumer: string; readonly count: number }[] {
    return this.consumers.map(({ name }) => ({ consumer: name, count: this.#books.appliedBy(name as ServiceName) }));
  }

  /** Messages that consumers have dealt with, duplicates included. */
  get handledCount(): number {
    return this.consumers.reduce((sum, { appliedCount, duplicateCount }) => sum + appliedCount + duplicateCount, 0);
  }

  get duplicateCount(): number {
    return this.consumers.reduce((sum, { duplicateCount }) => sum + duplicateCount, 0);
  }

  /** To be called when the relay has stopped. */
  async stop(): Promise<void> {
    const { server, api, services, orderDatabase, products, desk, sagas } = this.#parts;
    await server.close();
    await api.close();
    await desk.stop();
    await Promise.all(this.consumers.map((consumer) => consumer.stop()));
    await sagas.stop();
    for (const service of services) service.close();
    products.close();
    this.#books.close();
    orderDatabase.close();
  }
}

async function startParts({ folder, times, onError, onReviewed }: MonolithOptions): Promise<MonolithParts> {
  const { outlives } = folder;
  const orderDatabase = await createOrderDatabase(folder.file('order'), outlives);
  const findings = await orderDatabase.outboxStore.preflight();
  if (worstLevel(findings) === 'refuse') throw new Error(findings.map(({ message }) => message).join(' '));
  const products = await ProductService.open(folder.file('product'), outlives);
  const lookup = new SwitchedProductLookup(products);
  const checkout = new CatalogueCheckout(lookup);
  const sagas = new OrderSagas(orderDatabase, { times });
  const orders = new OrderService(orderDatabase, { sagas, checkout });
  const api = new OrderApi(orders, orderDatabase);
  const desk = new ReviewDesk({
    operations: sagas.operations,
    checkout,
    onReviewed,
    onError: (error) => onError('review desk', error),
  });
  const services = [
    sagas,
    await InventoryService.open(folder.file('inventory'), outlives),
    await DeliveryService.open(folder.file('delivery'), outlives),
    await NotificationService.open(folder.file('notification'), { outlives }),
    await AnalyticsService.open(folder.file('analytics'), outlives),
  ];
  const server = await OrderServer.listen(api.fetch);
  return { orderDatabase, sagas, services, products, lookup, desk, api, server, orders };
}
