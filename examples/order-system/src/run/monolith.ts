import { worstLevel } from '@holdfast/core';
import { AnalyticsService } from '../analytics/analytics-service.ts';
import { ConcurrentConsumer } from '../consumer/concurrent-consumer.ts';
import type { ConsumingService } from '../consumer/consuming-service.ts';
import { QueueConsumer } from '../consumer/queue-consumer.ts';
import type { ServiceConsumer } from '../consumer/service-consumer.ts';
import { InventoryService } from '../inventory/inventory-service.ts';
import { OrderApi } from '../order/order-api.ts';
import { createOrderDatabase, type OrderDatabase } from '../order/order-database.ts';
import { OrderServer } from '../order/order-server.ts';
import { OrderService } from '../order/order-service.ts';
import { PaymentService } from '../payment/payment-service.ts';
import type { PaymentProcess } from '../payment-process/payment-process.ts';
import type { OrderTransport } from '../transport/order-transport.ts';
import type { DataFolder } from './data-folder.ts';
import { PaidOrders } from './paid-orders.ts';

export interface MonolithOptions {
  readonly folder: DataFolder;
  /** Belongs to the caller, who closes it afterwards. */
  readonly transport: OrderTransport;
  /** Does the payment service's work. It runs already, and is stopped by the caller afterwards. */
  readonly payment: PaymentProcess;
  /** Told of every failure of a consumer; it tries again by itself. */
  readonly onError: (consumer: string, error: unknown) => void;
}

interface MonolithParts {
  readonly orderDatabase: OrderDatabase;
  readonly services: readonly ConsumingService[];
  readonly api: OrderApi;
  readonly server: OrderServer;
  readonly orders: OrderService;
}

/** How many charges are under way at the same time. */
const CHARGES = 64;

/** The services in one process, each with its own database, with a transport between them. Payment's work is done by its own process. */
export class Monolith {
  readonly orders: OrderService;
  readonly consumers: readonly ServiceConsumer[];
  readonly #parts: MonolithParts;
  readonly #transport: OrderTransport;
  readonly #paid: PaidOrders;

  private constructor(parts: MonolithParts, { folder, transport, payment, onError }: MonolithOptions) {
    this.#parts = parts;
    this.#transport = transport;
    this.orders = parts.orders;
    this.#paid = new PaidOrders(folder.file('payment'));
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
            queue: transport.queues.reader(service.name),
            onError: (error) => onError(service.name, error),
          }),
      ),
    ];
  }

  static async start(options: MonolithOptions): Promise<Monolith> {
    const { folder, transport } = options;
    const orderDatabase = await createOrderDatabase(folder.file('order'));
    const findings = await orderDatabase.outboxStore.preflight();
    if (worstLevel(findings) === 'refuse') throw new Error(findings.map(({ message }) => message).join(' '));
    const orders = new OrderService(orderDatabase);
    const api = new OrderApi(orders, orderDatabase);
    const services = [
      await InventoryService.open(folder.file('inventory')),
      await AnalyticsService.open(folder.file('analytics')),
    ];
    const server = await OrderServer.listen(api.fetch);
    const monolith = new Monolith({ orderDatabase, services, api, server, orders }, options);
    for (const { name, types } of monolith.consumers) await transport.queues.declare(name, types);
    for (const consumer of monolith.consumers) consumer.start();
    return monolith;
  }

  /** Where the order service takes requests. */
  get url(): string {
    return this.#parts.server.url;
  }

  /** Messages that are committed and not relayed yet. */
  async unsentCount(): Promise<number> {
    const { lanes, delayed } = await this.#parts.orderDatabase.outboxStore.housekeeping.stats();
    return lanes.reduce((sum, { pending }) => sum + pending, delayed);
  }

  /** Messages in the broker that are not settled, as far as it tells, dead letters included. */
  queuedCount(): Promise<number> {
    return this.#transport.queues.count();
  }

  /** Messages that consumers hold, or have handed back for later. */
  get unsettledCount(): number {
    return this.consumers.reduce((sum, { unsettledCount }) => sum + unsettledCount, 0);
  }

  /** Orders that are committed and not paid. */
  get unpaidCount(): number {
    return this.orders.placedCount - this.#paid.count;
  }

  /** Effects that what was committed is to have, and has not had. */
  get awaitedCount(): number {
    const { placedCount } = this.orders;
    return this.consumers.reduce(
      // A payment process that is killed has applied what it could not tell: its database knows.
      (sum, { name, types }) => sum + Math.max(0, types.length * placedCount - this.#appliedBy(name)),
      0,
    );
  }

  /** As people are told it, by consumer. */
  get applied(): readonly { readonly consumer: string; readonly count: number }[] {
    return this.consumers.map(({ name }) => ({ consumer: name, count: this.#appliedBy(name) }));
  }

  get duplicateCount(): number {
    return this.consumers.reduce((sum, { duplicateCount }) => sum + duplicateCount, 0);
  }

  /** To be called when the relay has stopped. */
  async stop(): Promise<void> {
    const { server, api, services, orderDatabase } = this.#parts;
    await server.close();
    await api.close();
    await Promise.all(this.consumers.map((consumer) => consumer.stop()));
    for (const service of services) service.close();
    this.#paid.close();
    orderDatabase.close();
  }

  #appliedBy(consumer: string): number {
    if (consumer === PaymentService.queue) return this.#paid.count;
    return this.consumers.find(({ name }) => name === consumer)?.appliedCount ?? 0;
  }
}
