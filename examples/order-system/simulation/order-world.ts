import type { QueueReader } from '@holdfast/core';
import { Relay, SqliteOutboxStore } from '@holdfast/outbox';
import { type BrokerProfile, profiles, SimulatedBroker, type SimulatedProcess, type World } from '@holdfast/testkit';
import { SimulatedSqlite } from '@holdfast/testkit/sqlite';
import { AnalyticsService } from '../src/analytics/analytics-service.ts';
import { ConcurrentConsumer } from '../src/consumer/concurrent-consumer.ts';
import type { ConsumingService } from '../src/consumer/consuming-service.ts';
import { QueueConsumer } from '../src/consumer/queue-consumer.ts';
import { InventoryService } from '../src/inventory/inventory-service.ts';
import { openCheckout } from '../src/order/checkout.ts';
import { OrderApi } from '../src/order/order-api.ts';
import { ORDER_SAGA_TIMES } from '../src/order/order-saga.ts';
import { OrderSagas } from '../src/order/order-sagas.ts';
import { OrderService } from '../src/order/order-service.ts';
import type { SendingDatabase } from '../src/outbox/sending-database.ts';
import { PaymentService } from '../src/payment/payment-service.ts';
import { ProviderClient } from '../src/payment/provider-client.ts';
import type { ServiceDatabase } from '../src/sqlite/service-database.ts';
import { customers, type Request } from './customers.ts';
import { type DatabaseName, tables } from './order-tables.ts';
import { SimulatedProvider } from './simulated-provider.ts';
import { Situations } from './situations.ts';

export interface OrderWorldOptions {
  /** @default rabbitQuorum */
  readonly profile?: BrokerProfile;
  /** Customers, each with one order. @default 3 */
  readonly orders?: number;
}

/** What is durable in the end, and what customers were told. */
export interface OrderFacts {
  readonly databases: Readonly<Record<DatabaseName, SimulatedSqlite>>;
  readonly broker: SimulatedBroker;
  readonly requests: readonly Request[];
  readonly situations: Situations;
}

/** Here processes are killed from outside, again and again, and no message is to blame for it. */
const KILLED = { maxUnfinished: 100 };

const queues = {
  payment: PaymentService.types,
  inventory: ['order.inventory-requested'],
  analytics: ['order.created', 'order.payment-requested', 'order.inventory-requested'],
} as const;

/**
 * The whole order system, by its own services: two processes take orders over HTTP with idempotency keys, two relays stand by for each other, two
 * charge by the effect journal, inventory and analytics apply in batches. Nothing of it knows that it is simulated.
 */
export async function orderWorld(
  world: World,
  { profile = profiles.rabbitQuorum, orders = 3 }: OrderWorldOptions = {},
): Promise<OrderFacts> {
  const databases = await openAll(world);
  const broker = new SimulatedBroker(world, 'bus', profile);
  const situations = new Situations(world);
  const provider = new SimulatedProvider(world, { database: databases.provider, situations });
  const outside = broker.connect();
  for (const [queue, types] of Object.entries(queues)) await outside.declare({ queue, types, leaseMs: 5_000 });

  const apis = world.process('api', () => startApi(databases.order), { replicas: 2 });
  world.process('relay', ({ name }) => startRelay(name, { world, database: databases.order, broker, situations }), {
    replicas: 2,
  });
  world.process('payment', () => startPayment(databases, { broker, provider, situations }), { replicas: 2 });
  world.process('inventory', () =>
    startConsumer(broker, new InventoryService(sendingDatabase(databases.inventory), KILLED)),
  );
  world.process('analytics', () =>
    startConsumer(broker, new AnalyticsService(serviceDatabase(databases.analytics), KILLED)),
  );
  const requests = customers({ world, situations, apis: apis as readonly SimulatedProcess<ApiPort>[] }, orders);
  world.quietWhen(() => isQuiet(databases, broker));
  return { databases, broker, requests, situations };
}

/** How requests reach a process that takes orders. */
export interface ApiPort {
  post(key: string, body: string): Promise<{ readonly status: number; readonly body: string }>;
}

async function openAll(world: World): Promise<Record<DatabaseName, SimulatedSqlite>> {
  const opened: Partial<Record<DatabaseName, SimulatedSqlite>> = {};
  for (const [name, template] of Object.entries(tables)) {
    opened[name as DatabaseName] = await SimulatedSqlite.open(world, `${name}-db`, { template });
  }
  return opened as Record<DatabaseName, SimulatedSqlite>;
}

/** A service's connection to its own file. */
function serviceDatabase(database: SimulatedSqlite): ServiceDatabase {
  const transactions = database.runner();
  return { handle: transactions.handle, transactions };
}

/** Of a service that sends. */
function sendingDatabase(database: SimulatedSqlite): SendingDatabase {
  return { ...serviceDatabase(database), outboxStore: new SqliteOutboxStore({ database: database.database() }) };
}

function startApi(database: SimulatedSqlite) {
  const outboxStore = new SqliteOutboxStore({ database: database.database() });
  const orderDatabase = { ...serviceDatabase(database), outboxStore, close: () => {} };
  const sagas = new OrderSagas(orderDatabase, { times: ORDER_SAGA_TIMES, ...KILLED });
  const api = new OrderApi(new OrderService(orderDatabase, { sagas, checkout: openCheckout }), orderDatabase);
  const port: ApiPort = {
    post: async (key, body) => {
      const headers = { 'content-type': 'application/json', 'idempotency-key': key };
      const response = await api.fetch(new Request('http://orders/orders', { method: 'POST', headers, body }));
      return { status: response.status, body: await response.text() };
    },
  };
  return { api: port, stop: () => api.close() };
}

interface RelayParts {
  readonly world: World;
  readonly database: SimulatedSqlite;
  readonly broker: SimulatedBroker;
  readonly situations: Situations;
}

function startRelay(name: string, { world, database, broker, situations }: RelayParts) {
  const store = world.port('outbox', new SqliteOutboxStore({ database: database.database() }), {
    except: ['name', 'wakeUp', 'dialect'],
  });
  const bus = broker.connect();
  const relay = new Relay({
    store,
    publisher: situations.watched(bus),
    leaseMs: 1_500,
    pollMaxMs: 200,
    probeMaxMs: 1_000,
    onEvent: (event) => situations.relayed(name, event),
  });
  relay.start();
  const stop = async () => {
    await relay.stop();
    await bus.close();
  };
  return { stop };
}

function startPayment(
  databases: OrderFacts['databases'],
  {
    broker,
    provider,
    situations,
  }: { readonly broker: SimulatedBroker; readonly provider: SimulatedProvider; readonly situations: Situations },
) {
  const client = new ProviderClient('http://provider', provider.fetch);
  const service = new PaymentService(sendingDatabase(databases.payment), {
    effects: databases.effects.handle(),
    provider: client,
  });
  const bus = broker.connect();
  const consumer = new ConcurrentConsumer({
    name: PaymentService.queue,
    types: PaymentService.types,
    queue: bus.reader(PaymentService.queue),
    handle: async (envelope, attempt) => {
      const outcome = await service.handle(envelope, attempt);
      if (outcome === 'duplicate') situations.see('a duplicate was dropped');
      return outcome;
    },
    concurrency: 4,
    onError: () => {},
  });
  consumer.start();
  const stop = async () => {
    await consumer.stop();
    await service.close();
    await bus.close();
  };
  return { stop };
}

function startConsumer(broker: SimulatedBroker, service: ConsumingService) {
  const bus = broker.connect();
  const queue: QueueReader = bus.reader(service.name);
  const consumer = new QueueConsumer({ service, queue, onError: () => {} });
  consumer.start();
  const stop = async () => {
    await consumer.stop();
    service.close();
    await bus.close();
  };
  return { stop };
}

/** Whether everything that was committed has had its effects. */
function isQuiet({ order, payment, inventory, analytics }: OrderFacts['databases'], broker: SimulatedBroker): boolean {
  if (!broker.isQuiet()) return false;
  const sent = countOf(order, 'select count(*) as n from sent_message');
  const orders = countOf(order, 'select count(*) as n from purchase_order');
  return (
    countOf(payment, 'select count(*) as n from payment') >= orders &&
    countOf(inventory, 'select count(*) as n from reservation') >= orders &&
    countOf(analytics, 'select count(distinct id) as n from applied_message') >= sent
  );
}

function countOf(database: SimulatedSqlite, sql: string): number {
  return Number(database.query(sql)[0]?.['n']);
}
