import { worstLevel } from '@holdfast/core';
import { MemoryBroker } from '@holdfast/transports/memory';
import { AnalyticsService } from '../analytics/analytics-service.ts';
import type { ConsumingService } from '../consumer/consuming-service.ts';
import { QueueConsumer } from '../consumer/queue-consumer.ts';
import { InventoryService } from '../inventory/inventory-service.ts';
import { createOrderDatabase, type OrderDatabase } from '../order/order-database.ts';
import { OrderService } from '../order/order-service.ts';
import { PaymentService } from '../payment/payment-service.ts';
import type { DataFolder } from './data-folder.ts';

/** Short, so that what could not be settled while the transport was down comes again soon. */
const QUEUE_LEASE_MS = 2_000;

export interface MonolithOptions {
  readonly folder: DataFolder;
  /** Told of every failure of a consumer; it tries again by itself. */
  readonly onError: (consumer: string, error: unknown) => void;
}

/** All services in one process: each with its own database, with a broker in memory between them. */
export class Monolith {
  readonly broker = new MemoryBroker();
  readonly orders: OrderService;
  readonly consumers: readonly QueueConsumer[];
  readonly #orderDatabase: OrderDatabase;
  readonly #services: readonly ConsumingService[];

  private constructor(orderDatabase: OrderDatabase, { folder, onError }: MonolithOptions) {
    this.#orderDatabase = orderDatabase;
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
          queue: this.broker.reader(service.name),
          onError: (error) => onError(service.name, error),
        }),
    );
  }

  static async start(options: MonolithOptions): Promise<Monolith> {
    const orderDatabase = await createOrderDatabase(options.folder.file('order'));
    const findings = await orderDatabase.outboxStore.preflight();
    if (worstLevel(findings) === 'refuse') throw new Error(findings.map(({ message }) => message).join(' '));
    const monolith = new Monolith(orderDatabase, options);
    for (const { name, events } of monolith.#services) {
      await monolith.broker.declare({ queue: name, types: events.types, leaseMs: QUEUE_LEASE_MS });
    }
    for (const consumer of monolith.consumers) consumer.start();
    return monolith;
  }

  /** Messages that are committed and not relayed yet. */
  async unsentCount(): Promise<number> {
    const { lanes, delayed } = await this.#orderDatabase.outboxStore.housekeeping.stats();
    return lanes.reduce((sum, { pending }) => sum + pending, delayed);
  }

  /** Messages in the broker that are not settled, dead letters included. */
  async queuedCount(): Promise<number> {
    const stats = await Promise.all(this.consumers.map(({ name }) => this.broker.stats(name)));
    return stats.reduce((sum, { ready, leased, delayed, dead }) => sum + ready + leased + delayed + dead, 0);
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
    await this.broker.close();
    for (const { db } of this.#services) db.close();
    this.#orderDatabase.handle.close();
  }
}
