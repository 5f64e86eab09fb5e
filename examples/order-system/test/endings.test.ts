import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { auditFolder } from '../src/audit/audit-folder.ts';
import type { EndingCount } from '../src/audit/endings.ts';
import { CatalogueCheckout } from '../src/order/catalogue-checkout.ts';
import { acceptedOrder } from '../src/order/order.ts';
import { ReviewDesk } from '../src/order/review-desk.ts';
import { DIFFICULTIES } from '../src/orders-input/difficult-customers.ts';
import { ProductServiceAwayError } from '../src/product/product-service-away-error.ts';
import { DataFolder } from '../src/run/data-folder.ts';
import { Operator } from '../src/run/operator.ts';
import type { RunEvent } from '../src/run/run-options.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { TestShop, type TestShopOptions } from './test-shop.ts';

// A slow machine only takes longer.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let root: ReturnType<typeof temporaryFolder>;
let folder: DataFolder;
let shop: TestShop;
beforeEach(() => {
  root = temporaryFolder();
  folder = DataFolder.forNewRun(join(root.path, 'run'));
});
afterEach(() => root[Symbol.dispose]());

const item = (productId = 'p') => ({ productId, quantity: 2, unitPrice: 625 });

async function open(options: TestShopOptions = {}): Promise<void> {
  shop = await TestShop.open(folder, options);
}

async function place(customerId: string, productId?: string): Promise<void> {
  await shop.orders.place([acceptedOrder({ orderId: 'A', customerId, items: [item(productId)], lines: [1] })]);
  await shop.settle();
}

const stateOf = () => shop.database.handle.prepare("select state from holdfast_saga where key = 'A'").pluck().get();
const statusOf = () => shop.orders.find('A').then((view) => view?.status);

/** The timers of this test run out after some milliseconds. */
async function timersFired(state: string): Promise<void> {
  const since = performance.now();
  while (stateOf() !== state && performance.now() - since < 60_000) {
    await shop.sagas.fireTimers();
    await shop.settle();
  }
  expect(stateOf()).toBe(state);
}

/** How it ended; all invariants hold. */
async function ended(): Promise<readonly EndingCount['ending'][]> {
  await shop.orders.recordIntake({ lines: 1, rejectedLines: 0, orders: 1, refusedOrders: 0, transport: 'memory' });
  await shop.close();
  const { invariants, endings } = await auditFolder(folder);
  expect(invariants.filter(({ ok }) => !ok)).toEqual([]);
  return endings.filter(({ orders }) => orders > 0).map(({ ending }) => ending);
}

test.each([
  ['completed', 'c', 'p'],
  ['payment failed', `c${DIFFICULTIES.declined}`, 'p'],
  ['stock failed, refunded', 'c', 'p-soldout'],
  ['delivery failed, released and refunded', `c${DIFFICULTIES.remote}`, 'p'],
] as const)('S1, S2, S3: an order ends as %s, by its services', async (ending, customer, product) => {
  await open();
  await place(customer, product);
  expect(await statusOf()).toBe(ending === 'completed' ? 'completed' : 'cancelled');
  expect(await ended()).toEqual([ending]);
});

test('S4, S6: an order whose delivery is not answered in time is cancelled, and its late delivery is called off', async () => {
  await open({ times: { deliveryMs: 20 } });
  shop.silence('delivery');
  await place('c');
  await timersFired('compensated');
  expect(await statusOf()).toBe('cancelled');
  shop.speak('delivery');
  await shop.settle();
  expect(await statusOf()).toBe('cancelled');
  expect(await ended()).toEqual(['no answer in time, its late success undone, too']);
});

test('S4: an answer that comes too late and says no changes nothing', async () => {
  await open({ times: { deliveryMs: 20 } });
  shop.silence('delivery');
  await place(`c${DIFFICULTIES.remote}`);
  await timersFired('compensated');
  shop.speak('delivery');
  await shop.settle();
  expect(await ended()).toEqual(['no answer in time, undone']);
});

test('S6: a charge that is made too late is given back', async () => {
  await open({ times: { paymentMs: 20 } });
  shop.silence('payment');
  await place('c');
  await timersFired('compensated');
  shop.speak('payment');
  await shop.settle();
  expect(await ended()).toEqual(['no answer in time, its late success undone, too']);
});

test('S5: money that cannot be given back waits for a person, is listed, and is given back when the person lets it go on', async () => {
  await open({ times: { undoAgainMs: 1 } });
  await place(`c${DIFFICULTIES.unrefundable}`, 'p-soldout');
  await timersFired('payment:compensation_failed');
  expect(await statusOf()).toBe('review');
  const events: RunEvent[] = [];
  const operator = new Operator({
    operations: shop.sagas.operations,
    removeCause: () => shop.provider.acceptRefunds(),
    onEvent: (event) => events.push(event),
  });
  expect(await operator.attend()).toBe(1);
  await shop.settle();
  expect(await operator.attend()).toBe(0);
  expect(events.map(({ type }) => type)).toEqual(['compensation-failed', 'compensation-resumed']);
  expect(await ended()).toEqual(['undoing failed, resumed by a person']);
});

test('S5: an order with a person is accounted for as such', async () => {
  await open({ times: { undoAgainMs: 1 } });
  await place(`c${DIFFICULTIES.unrefundable}`, 'p-soldout');
  await timersFired('payment:compensation_failed');
  expect(await ended()).toEqual(['waits for a person']);
});

test('F12.4: while the product service is away orders are accepted, and carried out or cancelled when it is back', async () => {
  let isAway = true;
  const checkout = new CatalogueCheckout({
    find: async (productId) => {
      if (isAway) throw new ProductServiceAwayError();
      return productId === 'p' ? { productId, unitPrice: 625 } : null;
    },
  });
  await open({ checkout });
  await shop.orders.place(
    ['p', 'unheard-of'].map((productId) =>
      acceptedOrder({ orderId: productId, customerId: 'c', items: [item(productId)], lines: [1] }),
    ),
  );
  await shop.settle();
  const statuses = () =>
    shop.database.handle
      .prepare('select status, requires_manual_review from purchase_order order by order_id')
      .raw()
      .all();
  expect(statuses()).toEqual([
    ['review', 1],
    ['review', 1],
  ]);
  const desk = new ReviewDesk({
    operations: shop.sagas.operations,
    checkout,
    onReviewed: () => {},
    onError: () => {},
  });
  expect(await desk.reconcile()).toEqual([]);
  isAway = false;
  expect(await desk.reconcile()).toEqual([
    { orderId: 'p', verdict: 'for sale' },
    { orderId: 'unheard-of', verdict: 'unknown product' },
  ]);
  await desk.stop();
  await shop.settle();
  expect(statuses()).toEqual([
    ['completed', 1],
    ['cancelled', 1],
  ]);
  await shop.close();
});
