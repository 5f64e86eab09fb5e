import { type BrokerProfile, profiles, SimulatedBroker, type SimulatedProcess, type World } from '@holdfast/testkit';
import { SimulatedSqlite } from '@holdfast/testkit/sqlite';
import { AnalyticsService } from '../src/analytics/analytics-service.ts';
import { CONSUMERS } from '../src/audit/consumer-facts.ts';
import { LateQueue } from '../src/consumer/late-queue.ts';
import { DeliveryService } from '../src/delivery/delivery-service.ts';
import { isOfLateCustomer } from '../src/delivery/late-customer.ts';
import { InventoryService } from '../src/inventory/inventory-service.ts';
import { NotificationService } from '../src/notification/notification-service.ts';
import { ProductService } from '../src/product/product-service.ts';
import { customers, type Request } from './customers.ts';
import { type OrderPort, type ProductPort, SAGA_TIMES, startOrders } from './order-process.ts';
import { type DatabaseName, OUTBOXES, tables } from './order-tables.ts';
import { startPayment } from './payment-process.ts';
import { startRelays } from './relay-process.ts';
import { KILLED, sendingDatabase, serviceDatabase, startService } from './service-process.ts';
import { SimulatedProvider } from './simulated-provider.ts';
import { Situations } from './situations.ts';

export interface OrderWorldOptions {
  /** @default rabbitQuorum */
  readonly profile?: BrokerProfile;
  /** Customers, each with one order. @default 2 */
  readonly orders?: number;
}

/** What is durable in the end, and what customers were told. */
export interface OrderFacts {
  readonly databases: Readonly<Record<DatabaseName, SimulatedSqlite>>;
  readonly broker: SimulatedBroker;
  readonly requests: readonly Request[];
  readonly situations: Situations;
}

const LEASE_MS = 6_000;
/** How much later than it is waited for an answer of the delivery service is, for customers of whom it is. */
const LATER_MS = 1_500;
const ATTEND_EVERY_MS = 2_000;

/**
 * The whole order system, by its own services: two processes of the order service take orders over HTTP with idempotency keys and carry them out by
 * sagas, two relays of its outbox stand by for each other, two processes of payment charge and give back by the effect journal, the others apply in
 * batches, and somebody looks after what could not be undone. Nothing of it knows that it is simulated.
 */
export async function orderWorld(
  world: World,
  { profile = profiles.rabbitQuorum, orders = 2 }: OrderWorldOptions = {},
): Promise<OrderFacts> {
  const databases = await openAll(world);
  const broker = new SimulatedBroker(world, 'bus', profile);
  const situations = new Situations(world);
  const outside = broker.connect();
  for (const { name: queue, types } of CONSUMERS) await outside.declare({ queue, types, leaseMs: LEASE_MS });
  const services = startAll(world, { databases, broker, situations });
  const requests = customers({ world, situations, orders: services }, orders);
  world.quietWhen(
    () => broker.isQuiet() && isOver(databases.order) && OUTBOXES.every((name) => isSent(databases[name])),
  );
  return { databases, broker, requests, situations };
}

async function openAll(world: World): Promise<Record<DatabaseName, SimulatedSqlite>> {
  const opened: Partial<Record<DatabaseName, SimulatedSqlite>> = {};
  for (const [name, template] of Object.entries(tables)) {
    opened[name as DatabaseName] = await SimulatedSqlite.open(world, `${name}-db`, { template });
  }
  return opened as Record<DatabaseName, SimulatedSqlite>;
}

/** @returns the processes of the order service */
function startAll(
  world: World,
  { databases, broker, situations }: Omit<OrderFacts, 'requests'>,
): readonly SimulatedProcess<OrderPort>[] {
  const { order, payment, inventory, delivery } = databases;
  const provider = new SimulatedProvider(world, { database: databases.provider, situations });
  const [products] = world.process<ProductPort>('product', () => {
    const service = new ProductService(sendingDatabase(databases.product));
    return { api: service, stop: async () => service.close() };
  });
  if (products === undefined) throw new Error('There is a product service.');
  const removeCause = () => provider.acceptRefunds();
  const orders = world.process<OrderPort>(
    'order',
    () => startOrders({ database: order, broker, products, situations, removeCause }),
    { replicas: 2 },
  );
  const relaying = { world, broker, situations };
  world.process('relay', ({ name }) => startRelays(name, { ...relaying, outboxes: { order } }), { replicas: 2 });
  const outboxes = { payment, inventory, delivery };
  world.process('answers', ({ name }) => startRelays(name, { ...relaying, outboxes }));
  const { effects } = databases;
  world.process('payment', () => startPayment({ database: payment, effects, broker, provider, situations }), {
    replicas: 2,
  });
  startOthers(world, { databases, broker });
  world.process('operator', () => startOperator(world, orders));
  return orders;
}

function startOthers(world: World, { databases, broker }: Pick<OrderFacts, 'databases' | 'broker'>): void {
  const { inventory, delivery, notification, analytics } = databases;
  world.process('inventory', () => startService(broker, new InventoryService(sendingDatabase(inventory), KILLED)));
  world.process('delivery', () => {
    const delayMs = SAGA_TIMES.deliveryMs + LATER_MS;
    const service = new DeliveryService(sendingDatabase(delivery), KILLED);
    return startService(broker, service, (queue) => new LateQueue({ queue, isLate: isOfLateCustomer, delayMs }));
  });
  world.process('notification', () =>
    startService(broker, new NotificationService(serviceDatabase(notification), KILLED)),
  );
  world.process('analytics', () => startService(broker, new AnalyticsService(serviceDatabase(analytics), KILLED)));
}

/** The person who lets orders go on that could not be undone. */
function startOperator(world: World, orders: readonly SimulatedProcess<OrderPort>[]) {
  const stop = new AbortController();
  const work = async () => {
    for (let looks = 0; !stop.signal.aborted; looks += 1) {
      await world.clock.sleep(ATTEND_EVERY_MS, stop.signal);
      if (stop.signal.aborted) return;
      await orders[looks % orders.length]?.call('attend', (port) => port.attend()).catch(() => {});
    }
  };
  const working = work();
  return {
    stop: async () => {
      stop.abort();
      await working;
    },
  };
}

/** Whether every order is over, as far as nothing comes late. */
function isOver(order: SimulatedSqlite): boolean {
  const open = "select 1 from holdfast_saga where kind <> 'final' union all select 1 from holdfast_saga_timer limit 1";
  return order.query(open).length === 0;
}

function isSent(database: SimulatedSqlite): boolean {
  const unsent = `select 1 from holdfast_outbox_delayed
    union all select 1 from holdfast_outbox_log g join holdfast_outbox_lane e using (lane) where g.position > e.position limit 1`;
  return database.query(unsent).length === 0;
}
