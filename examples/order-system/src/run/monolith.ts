import { worstLevel } from '@holdfast/core';
import { AnalyticsService } from '../analytics/analytics-service.ts';
import type { ConsumingService } from '../consumer/consuming-service.ts';
import { QueueConsumer } from '../consumer/queue-consumer.ts';
import { InventoryService } from '../inventory/inventory-service.ts';
import { createOrderDatabase, type OrderDatabase } from '../order/order-database.ts';
import { OrderService } from '../order/order-service.ts';
import { PaymentService } from '../payment/payment-service.ts';
import type { OrderTransport } from '../transport/order-transport.ts';
import type { DataFolder } from './data-folder.ts';

export interface MonolithOptions {
  readonly folder: DataFolder;
  /** Belongs to the caller, who closes it afterwards. */
  readonly transport: OrderTransport;
  /** Told of every failure of a consumer; it tries again by itself. */
  readonly onError: (consumer: string, error: unknown) => void;
}

/** All services in one process: each with its own database, with a transport between them. */
export class Monolith {
  readonly orders: OrderService;
  readonly consumers: readonly QueueConsumer[];
  readonly #orderDatabase: OrderDatabase;
  readonly #services: readonly ConsumingService[];
  readonly #transport: OrderTransport;

  private constructor(orderDatabase: OrderDatabase, { folder, transport, onError }: MonolithOptions) {
    this.#orderDatabase = orderDatabase;
    this.#transport = transport;
    this.orders = new OrderService(orderDatabase);
    this.#services = [
      new PaymentService(folder.file('payment')),
      new InventoryService(folder.file('inventory')),
      new AnalyticsService(folder.file('analytics')),
    ];
    this.consumers = this.#services.map(
      (service) =>
        new QueueConsumer({
          service,
          queue: transport.queues.reader(service.name),
          onError: (error) => onError(service.name, error),
        }),
    );
  }

  static async start(options: MonolithOptions): Promise<Monolith> {
    const orderDatabase = await createOrderDatabase(options.folder.file('order'));
    const findings = await orderDatabase.outboxStore.preflight();
    if (worstLevel(findings) === 'refuse') throw new Error(findings.map(({ message }) => message).join(' '));
    const monolith = new Monolith(orderDatabase, options);
    for (const { name, events } of monolith.#services) await options.transport.queues.declare(name, events.types);
    for (const consumer of monolith.consumers) consumer.start();
    return monolith;
  }

  /** Messages that are committed and not relayed yet. */
  async unsentCount(): Promise<number> {
    const { lanes, delayed } = await this.#orderDatabase.outboxStore.housekeeping.stats();
    return lanes.reduce((sum, { pending }) => sum + pending, delayed);
  }

  /** Messages in the broker that are not settled, as far as it tells, dead letters included. */
  queuedCount(): Promise<number> {
    return this.#transport.queues.count();
  }

  /** Effects that what was committed is to have, and has not had. */
  get awaitedCount(): number {
    const { placedCount } = this.orders;
    return this.#services.reduce((sum, { events }) => sum + events.types.length * placedCount, -this.appliedCount);
  }

  get appliedCount(): number {
    return this.consumers.reduce((sum, { appliedCount }) => sum + appliedCount, 0);
  }

  get duplicateCount(): number {
    return this.consumers.reduce((sum, { duplicateCount }) => sum + duplicateCount, 0);
  }

  /** To be called when the relay has stopped. */
  async stop(): Promise<void> {
    await Promise.all(this.consumers.map((consumer) => consumer.stop()));
    for (const { db } of this.#services) db.close();
    this.#orderDatabase.handle.close();
  }
}
