import type { Publisher } from '@holdfast/core';
import { Relay, SqliteOutboxStore } from '@holdfast/outbox';
import { BetterSqlite3Database } from '@holdfast/sql/better-sqlite3';
import type { MemoryBroker } from '@holdfast/transports/memory';
import { ANALYTICS_TABLES, AnalyticsService } from '../../src/analytics/analytics-service.ts';
import { ConcurrentConsumer } from '../../src/consumer/concurrent-consumer.ts';
import type { ConsumingService } from '../../src/consumer/consuming-service.ts';
import { QueueConsumer } from '../../src/consumer/queue-consumer.ts';
import type { ServiceConsumer } from '../../src/consumer/service-consumer.ts';
import { DELIVERY_TABLES } from '../../src/delivery/delivery-schema.ts';
import { DeliveryService } from '../../src/delivery/delivery-service.ts';
import { INVENTORY_TABLES } from '../../src/inventory/inventory-schema.ts';
import { InventoryService } from '../../src/inventory/inventory-service.ts';
import { NOTIFICATION_TABLES, NotificationService } from '../../src/notification/notification-service.ts';
import { openSendingDatabase, type SendingDatabase } from '../../src/outbox/sending-database.ts';
import { EFFECTS_TABLES, PAYMENT_TABLES } from '../../src/payment/payment-schema.ts';
import { PaymentService } from '../../src/payment/payment-service.ts';
import { ProviderClient } from '../../src/payment/provider-client.ts';
import { PRODUCT_TABLES, ProductService } from '../../src/product/product-service.ts';
import { ProviderDesk } from '../../src/provider/provider-desk.ts';
import { ProviderLedger } from '../../src/provider/provider-ledger.ts';
import { type DataFolder, SENDERS } from '../../src/run/data-folder.ts';
import { openDatabase, type SqliteHandle } from '../../src/sqlite/open-database.ts';
import { createTables, openServiceDatabase, type ServiceDatabase } from '../../src/sqlite/service-database.ts';

const CHARGES = 32;
const WELL = { kind: 'well', latencyMs: 0 } as const;

interface Parts {
  readonly consumers: readonly ServiceConsumer[];
  readonly relays: readonly { readonly relay: Relay; readonly handle: SqliteHandle }[];
  readonly services: readonly { close(): void | Promise<void> }[];
}

/** Everybody but the order service, in this process, with the relays of all; nothing of it is killed, so nothing waits for the disk. */
export class Participants {
  readonly provider: ProviderDesk;
  readonly #parts: Parts;

  private constructor(provider: ProviderDesk, parts: Parts) {
    this.provider = provider;
    this.#parts = parts;
    for (const consumer of parts.consumers) consumer.start();
    for (const { relay } of parts.relays) relay.start();
  }

  /** The order service's database must be there. */
  static async start(folder: DataFolder, broker: MemoryBroker, publisher: Publisher): Promise<Participants> {
    const ledger = ProviderLedger.open(folder.file('provider'));
    const moods = { ofCharge: () => WELL, ofRefund: () => WELL, ofLookup: () => WELL };
    const provider = new ProviderDesk({ ledger, moods, pause: async () => {} });
    const payment = await paymentService(folder, provider);
    const services = [
      new InventoryService(await sending(folder.file('inventory'), INVENTORY_TABLES)),
      new DeliveryService(await sending(folder.file('delivery'), DELIVERY_TABLES)),
      new NotificationService(quick(await openServiceDatabase(folder.file('notification'), NOTIFICATION_TABLES))),
      new AnalyticsService(quick(await openServiceDatabase(folder.file('analytics'), ANALYTICS_TABLES))),
    ];
    const products = new ProductService(await sending(folder.file('product'), PRODUCT_TABLES));
    const consumers = [paymentConsumer(payment, broker), ...services.map((service) => consumerOf(service, broker))];
    for (const { name, types } of consumers) await broker.declare({ queue: name, types });
    const relays = SENDERS.map((sender) => {
      const handle = openDatabase(folder.file(sender), '', 'process-end');
      const store = new SqliteOutboxStore({ database: new BetterSqlite3Database(handle) });
      return { handle, relay: new Relay({ store, publisher, pollMaxMs: 50 }) };
    });
    return new Participants(provider, { consumers, relays, services: [...services, products, payment, ledger] });
  }

  get heldCount(): number {
    return this.#parts.consumers.reduce((sum, { unsettledCount }) => sum + unsettledCount, 0);
  }

  async stop(): Promise<void> {
    for (const { relay, handle } of this.#parts.relays) {
      await relay.stop();
      handle.close();
    }
    for (const consumer of this.#parts.consumers) await consumer.stop();
    for (const service of this.#parts.services) await service.close();
  }
}

function quick<Database extends ServiceDatabase>(database: Database): Database {
  database.handle.pragma('synchronous = off');
  return database;
}

async function sending(file: string, tables: Parameters<typeof openSendingDatabase>[1]): Promise<SendingDatabase> {
  return quick(await openSendingDatabase(file, tables));
}

async function paymentService(folder: DataFolder, provider: ProviderDesk): Promise<PaymentService> {
  const effects = openDatabase(folder.file('effects'), '', 'process-end');
  await createTables(effects, EFFECTS_TABLES);
  const client = new ProviderClient('http://provider', fetchFrom(provider));
  return new PaymentService(await sending(folder.file('payment'), PAYMENT_TABLES), { effects, provider: client });
}

function paymentConsumer(payment: PaymentService, broker: MemoryBroker): ServiceConsumer {
  return new ConcurrentConsumer({
    name: PaymentService.queue,
    types: PaymentService.types,
    queue: broker.reader(PaymentService.queue),
    handle: (envelope, attempt) => payment.handle(envelope, attempt),
    concurrency: CHARGES,
    onError: () => {},
  });
}

function consumerOf(service: ConsumingService, broker: MemoryBroker): ServiceConsumer {
  return new QueueConsumer({ service, queue: broker.reader(service.name), onError: () => {} });
}

/** The provider without a network. */
function fetchFrom(provider: ProviderDesk): typeof fetch {
  return async (input, init = {}) => {
    const { pathname: path } = new URL(String(input));
    const { method = 'GET', headers, body } = init;
    const idempotencyKey = new Headers(headers).get('idempotency-key') ?? undefined;
    const given = typeof body === 'string' ? JSON.parse(body) : null;
    const outcome = await provider.outcome({ method, path, idempotencyKey, body: given });
    if (typeof outcome === 'string') throw new Error(`The provider does not answer: ${outcome}.`);
    return Response.json(outcome.body, { status: outcome.status, headers: { ...outcome.headers } });
  };
}
