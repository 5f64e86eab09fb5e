import { Relay, SqliteOutboxStore } from '@holdfast/outbox';
import { type BrokerProfile, profiles, SimulatedBroker } from '@holdfast/testkit';
import { SimulatedSqlite } from '@holdfast/testkit/sqlite';
import type { World } from '../../src/kernel/world.ts';
import { runConsumer } from '../catalogue/consumer-world.ts';
import { untilDone } from '../catalogue/until-done.ts';
import { FATES } from './fates.ts';
import { OrderService, orderSaga, ordersTemplate } from './order-service.ts';
import { COMMAND_TYPES, Participants, participantsTemplate } from './participants.ts';
import { isOver, type SagaFacts } from './saga-facts.ts';

export interface SagaWorldOptions {
  /** @default rabbitQuorum */
  readonly profile?: BrokerProfile;
  /** Each with a fate by chance. @default 3 */
  readonly orders?: number;
}

const LEASE_MS = 3_000;

/**
 * An order service of two processes whose saga asks payment, stock and delivery, by outboxes, relays, a broker and inboxes; a person who
 * looks after what needs one; participants that decline, are slow, do not know, or refuse to undo.
 */
export async function sagaWorld(world: World, options: SagaWorldOptions = {}): Promise<SagaFacts> {
  const { profile = profiles.rabbitQuorum, orders: count = 3 } = options;
  const orders = await SimulatedSqlite.open(world, 'orders', { template: ordersTemplate });
  const shop = await SimulatedSqlite.open(world, 'shop', { template: participantsTemplate });
  const broker = new SimulatedBroker(world, 'bus', profile);
  const outside = broker.connect();
  const answers = [...orderSaga.events.values()].map(({ type }) => type);
  await outside.declare({ queue: 'orders', types: answers, leaseMs: LEASE_MS });
  await outside.declare({ queue: 'shop', types: COMMAND_TYPES, leaseMs: LEASE_MS });
  await outside.close();

  const services = world.process('orders', () => startOrders(world, orders, broker), { replicas: 2 });
  world.process('participants', () => {
    const participants = new Participants(world, shop);
    return runConsumer(world, { broker, queue: 'shop', leaseMs: LEASE_MS, program: participants });
  });
  world.process('orders-relay', () => startRelay(orders, broker));
  world.process('shop-relay', () => startRelay(shop, broker));
  const placed = Array.from(
    { length: count },
    (_, index) => `${FATES[Math.floor(world.random.next() * FATES.length)] ?? 'good'}-${index + 1}`,
  );
  for (const [index, orderId] of placed.entries()) {
    world.client(`customer-${index + 1}`, async () => {
      await world.clock.sleep(world.random.next() * 500);
      await untilDone(world.clock, async () => {
        await services[index % services.length]?.call('place', (api) => api.place(orderId));
      });
    });
  }
  world.quietWhen(() => broker.isQuiet() && isOver(orders, placed) && isSent(orders) && isSent(shop));
  return {
    orders,
    placed,
    keptBy: (orderId) => shop.query('select 1 from effect where order_id = ? and undone = 0', orderId).length,
    deadLetters: () => broker.deadLetters.map(({ id }) => id),
  };
}

function startOrders(world: World, db: SimulatedSqlite, broker: SimulatedBroker) {
  const service = new OrderService(world, db);
  const consumer = runConsumer(world, { broker, queue: 'orders', leaseMs: LEASE_MS, program: service });
  const stop = new AbortController();
  const person = async () => {
    while (!stop.signal.aborted) {
      await world.clock.sleep(1_000, stop.signal);
      await service.lookAfter().catch(() => {});
    }
  };
  const looking = person();
  return {
    api: { place: (orderId: string) => service.place(orderId) },
    stop: async () => {
      stop.abort();
      await looking;
      await consumer.stop();
    },
  };
}

function startRelay(db: SimulatedSqlite, broker: SimulatedBroker) {
  const bus = broker.connect();
  const relay = new Relay({
    store: new SqliteOutboxStore({ database: db.database() }),
    publisher: bus,
    leaseMs: 1_500,
    pollMaxMs: 400,
    probeMaxMs: 1_000,
  });
  relay.start();
  return {
    stop: async () => {
      await relay.stop();
      await bus.close();
    },
  };
}

function isSent(db: SimulatedSqlite): boolean {
  const unsent = `select 1 from holdfast_outbox_delayed
    union all select 1 from holdfast_outbox_log g join holdfast_outbox_lane e using (lane) where g.position > e.position`;
  return db.query(unsent).length === 0;
}
