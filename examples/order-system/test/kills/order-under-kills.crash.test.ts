import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { MemoryBroker } from '@holdfast/transports/memory';
import { expect, test } from 'vitest';
import { auditFolder } from '../../src/audit/audit-folder.ts';
import { acceptedOrder, type Order } from '../../src/order/order.ts';
import { createOrderDatabase } from '../../src/order/order-database.ts';
import { orderSaga } from '../../src/order/order-saga.ts';
import { DIFFICULTIES } from '../../src/orders-input/difficult-customers.ts';
import { GeneratedOrders } from '../../src/orders-input/generated-orders.ts';
import { SeededRandom } from '../../src/orders-input/seeded-random.ts';
import { DataFolder } from '../../src/run/data-folder.ts';
import { ServiceBooks } from '../../src/run/service-books.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { OrderConsumer } from './order-consumer.ts';
import { OrderProcess } from './order-process.ts';
import { Participants } from './participants.ts';
import { UnrulyPublisher } from './unruly-publisher.ts';

/** More of them by hand: HOLDFAST_KILLED_ORDERS=5000. */
const ORDERS = Number(process.env['HOLDFAST_KILLED_ORDERS'] ?? 600);
const SEED = Number(process.env['HOLDFAST_KILLED_SEED'] ?? 1);
const PLACED_AT_ONCE = 25;
const MOST_UNDER_WAY = 75;
/** Answers between two kills, at most. */
const KILL_EVERY = 400;
/** Patience for a machine that has much to do. */
const LONG_MS = 900_000;
const TIMES = { paymentMs: 10_000, stockMs: 10_000, deliveryMs: 10_000, undoMs: 10_000, undoAgainMs: 50 };
const LATE_MS = 12_000;
/** What this test does on purpose. */
const NOT_IN_ORDER = 'per order, messages arrived first in commit order';

/** Each order has a difficulty of its own, or none. */
function difficultOrders(random: SeededRandom): readonly Order[] {
  const endings = Object.values(DIFFICULTIES);
  return [...new GeneratedOrders({ seed: SEED, count: ORDERS }).orders()].map((order, index) => {
    const customerId = `c-${index}${random.upTo(4) === 1 ? endings[random.upTo(endings.length) - 1] : ''}`;
    const soldOut = { productId: 'rare-soldout', quantity: 1, unitPrice: 100 };
    return acceptedOrder({
      ...order,
      customerId,
      items: random.upTo(8) === 1 ? [...order.items, soldOut] : order.items,
    });
  });
}

test('S1 to S8, F13.2: whatever is refused, late, twice, out of order or killed, every order ends, and money and stock are conserved', {
  timeout: LONG_MS,
}, async () => {
  using root = temporaryFolder();
  const folder = DataFolder.forNewRun(join(root.path, 'run'));
  const random = new SeededRandom(SEED);
  (await createOrderDatabase(folder.file('order'))).close();
  const broker = new MemoryBroker();
  const unruly = new UnrulyPublisher({ publisher: broker, random, lateMs: LATE_MS });
  const answers = [...orderSaga().events.values()].map(({ type }) => type).filter((type) => type !== 'order.created');
  await broker.declare({ queue: 'order', types: answers });
  const participants = await Participants.start(folder, broker, unruly);
  const orders = new OrderProcess(folder.file('order'), TIMES);
  const consumer = new OrderConsumer(broker.reader('order'), { orders, killEvery: () => random.upTo(KILL_EVERY) });
  const books = new ServiceBooks(folder, []);
  const queues = ['order', 'payment', 'inventory', 'delivery', 'notification', 'analytics'];

  const onTheWay = async () => {
    const stats = await Promise.all(queues.map((queue) => broker.stats(queue)));
    const queued = stats.reduce((sum, { ready, leased, delayed }) => sum + ready + leased + delayed, 0);
    const held = unruly.onTheWayCount + participants.heldCount + consumer.heldCount;
    return books.unfinishedSagas.running + queued + held + (await books.unsentCount());
  };
  const quiet = async () => {
    for (let still = 0; still < 3; still = (await onTheWay()) === 0 ? still + 1 : 0) await pause(20);
  };
  const asked = async (ask: Parameters<OrderProcess['ask']>[0]) => {
    for (;;) {
      const answer = await orders.ask(ask);
      if (answer !== null) return answer.count;
    }
  };

  const all = difficultOrders(random);
  for (let first = 0; first < all.length; first += PLACED_AT_ONCE) {
    // Who is slow is not to be late for that alone.
    while (books.unfinishedSagas.running - unruly.lateOnTheWayCount > MOST_UNDER_WAY) await pause(20);
    await asked({ kind: 'place', orders: all.slice(first, first + PLACED_AT_ONCE) });
  }
  await quiet();
  participants.provider.acceptRefunds();
  let resumed = 0;
  for (let attended = await asked({ kind: 'attend' }); attended > 0; attended = await asked({ kind: 'attend' })) {
    resumed += attended;
    await quiet();
  }
  await asked({ kind: 'close-books', lines: all.reduce((sum, { items }) => sum + items.length, 0), orders: ORDERS });
  await consumer.stop();
  await orders.stop();
  books.close();
  await participants.stop();
  await broker.close();

  const { invariants, endings } = await auditFolder(folder);
  const kills = orders.startedCount - 1;
  console.log(
    `${ORDERS} orders, ${kills} kills, ${unruly.counts.duplicates} duplicates sent, ${unruly.counts.late} far too late, ` +
      `${consumer.duplicateCount} dropped by the order service, ${resumed} resumed: ` +
      endings.map(({ ending, orders: count }) => `${ending} ${count}`).join(', '),
  );
  expect(invariants.filter(({ ok, name }) => !ok && name !== NOT_IN_ORDER)).toEqual([]);
  expect(kills).toBeGreaterThan(3);
  const happened = endings.filter(({ orders: count }) => count > 0).map(({ ending }) => ending);
  expect(happened).toEqual(expect.arrayContaining(['completed', 'payment failed', 'stock failed, refunded']));
  expect(happened).not.toContain('waits for a person');
});
