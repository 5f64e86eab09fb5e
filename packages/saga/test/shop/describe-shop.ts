import { MessageEncoder } from '@holdfast/core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { orderPlaced, paymentSucceeded, paymentUnclear } from './events.ts';
import type { Conduct, ConductOf } from './participants.ts';
import { Shop, type ShopOptions } from './shop.ts';
import type { ShopDatabase } from './shop-database.ts';

export interface ShopWorld {
  readonly database: () => Promise<ShopDatabase>;
  readonly transport: () => Promise<Pick<ShopOptions, 'transport' | 'prefix' | 'waitMs'>>;
  readonly mode: ShopOptions['mode'];
}

const ANSWER_MS = 30_000;
const RETRY_MS = 5_000;

/** S1–S8, with real stores and a real transport. */
export function describeShop(name: string, world: ShopWorld): void {
  const open = async (options: Pick<ShopOptions, 'conductOf' | 'definition' | 'copies'> = {}) => {
    const database = await world.database();
    const shop = new Shop({ ...options, ...(await world.transport()), database, mode: world.mode });
    onTestFinished(() => shop.close());
    return { database, shop: await shop.open() };
  };
  const unless =
    (exceptions: Readonly<Record<string, Conduct>>): ConductOf =>
    (command) =>
      exceptions[command] ?? 'succeed';

  describe(`the order saga on ${name}`, { timeout: 120_000 }, () => {
    test('S1: when the payment fails, the order is cancelled and no stock is touched', async () => {
      const { shop } = await open({ conductOf: unless({ 'payment.request': 'fail' }) });
      await shop.place('o1');
      await shop.untilState('o1', 'cancelled');
      expect(await shop.path('o1')).toEqual(['order.placed → paying', 'payment.failed → cancelled']);
      expect([await shop.audit(), await shop.query('select * from reservation')]).toEqual([[], []]);
    });

    test('S2: when the stock fails, the customer is refunded, and the order is cancelled', async () => {
      const { shop } = await open({ conductOf: unless({ 'stock.reserve': 'fail' }) });
      await shop.place('o1');
      await shop.untilState('o1', 'cancelled');
      expect((await shop.path('o1')).slice(2)).toEqual(['stock.failed → refunding', 'payment.refunded → cancelled']);
      expect([await shop.audit(), await shop.query('select order_id from refund')]).toEqual([[], [{ order_id: 'o1' }]]);
    });

    test('S3: when the delivery fails, the stock is released and the customer is refunded, in this order', async () => {
      const { shop } = await open({ conductOf: unless({ 'delivery.schedule': 'fail' }) });
      await shop.place('o1', 'o2');
      await shop.untilState('o1', 'cancelled');
      expect((await shop.path('o1')).slice(3)).toEqual([
        'delivery.failed → releasing',
        'stock.released → refunding',
        'payment.refunded → cancelled',
      ]);
      expect([await shop.audit(), await shop.state('o2')]).toEqual([[], 'cancelled']);
    });

    test('S4, S6: a participant that does not answer is given up when its time is over, and its late success is undone', async () => {
      const { shop, database } = await open({ conductOf: unless({ 'payment.request': 'fall silent' }) });
      await shop.place('o1');
      await shop.untilState('o1', 'paying');
      expect(await shop.query('select order_id from charge')).toEqual([{ order_id: 'o1' }]);
      await database.elapse(ANSWER_MS);
      await shop.untilState('o1', 'cancelled');
      expect(await shop.audit()).toEqual(['o1 is cancelled with 1 0 0']);
      expect(await shop.answerLate()).toBe(1);
      await shop.until(async () => (await shop.audit()).length === 0);
      await shop.untilState('o1', 'cancelled');
      expect((await shop.path('o1')).slice(1)).toEqual([
        'answer → cancelled',
        'payment.succeeded → refunding',
        'payment.refunded → cancelled',
      ]);
    });

    test('S6: a late success of a middle step is undone after what came before it was, and money and stock are conserved', async () => {
      const { shop, database } = await open({ conductOf: unless({ 'stock.reserve': 'fall silent' }) });
      await shop.place('o1');
      await shop.untilState('o1', 'reserving');
      await database.elapse(ANSWER_MS);
      await shop.untilState('o1', 'cancelled');
      await shop.answerLate();
      await shop.until(async () => (await shop.audit()).length === 0);
      expect((await shop.path('o1')).slice(2, 5)).toEqual([
        'answer → refunding',
        'payment.refunded → cancelled',
        'stock.reserved → releasing',
      ]);
    });

    test('S5: a compensation that keeps failing ends where a person sees it, who resumes it', async () => {
      let isBroken = true;
      const conductOf: ConductOf = (command) => {
        if (command === 'stock.reserve') return 'fail';
        return command === 'payment.refund' && isBroken ? 'fail' : 'succeed';
      };
      const { shop, database } = await open({ conductOf });
      await shop.place('o1');
      for (let attempt = 1; attempt < 3; attempt += 1) {
        await shop.until(
          async () =>
            (await shop.path('o1')).filter((step) => step.startsWith('payment.refund-failed')).length === attempt,
        );
        await shop.settle();
        await database.elapse(RETRY_MS);
      }
      await shop.untilState('o1', 'compensation_failed');
      const alarm = shop.events.filter((event) => event.type === 'transition' && event.kind === 'attention');
      expect(alarm).toMatchObject([{ key: 'o1', to: 'compensation_failed' }]);
      const waiting = await shop.operations.list({ saga: 'order', kinds: ['attention'] });
      expect(waiting.instances.map(({ key }) => key)).toEqual(['o1']);
      isBroken = false;
      await shop.operations.resume({ saga: 'order', key: 'o1' }, { actor: 'ada', reason: 'the bank is back' });
      await shop.untilState('o1', 'cancelled');
      expect(await shop.audit()).toEqual([]);
    });

    test('a payment of which nobody knows waits for the answer or a person', async () => {
      let isUnclear = true;
      const conductOf: ConductOf = (command) => (command === 'payment.request' && isUnclear ? 'be unclear' : 'succeed');
      const { shop } = await open({ conductOf });
      await shop.place('o1');
      await shop.untilState('o1', 'payment_uncertain');
      isUnclear = false;
      await shop.operations.retry({ saga: 'order', key: 'o1' }, { actor: 'ada', reason: 'asked the bank' });
      await shop.untilState('o1', 'completed');
      expect([await shop.audit(), await shop.query('select amount from charge')]).toMatchObject([[], [{}]]);
    });

    test('S7: whatever comes several times, in any order and under two ids, the end is the same', async () => {
      const orders = Array.from({ length: 12 }, (_, n) => `o${n}`);
      const conductOf: ConductOf = (command, orderId) => {
        if (command === 'delivery.schedule' && Number(orderId.slice(1)) % 3 === 0) return 'fail';
        return 'answer twice';
      };
      const { shop } = await open({ copies: 3, conductOf });
      await shop.place(...orders);
      await shop.until(async () => {
        const ended = await shop.query("select key from holdfast_saga where state in ('completed', 'cancelled')");
        return ended.length === orders.length;
      });
      await shop.settle();
      expect([await shop.audit(), shop.failures]).toEqual([[], []]);
      const states = await shop.query('select state, count(*) as n from holdfast_saga group by state order by state');
      expect(states.map(({ state, n }) => [state, Number(n)])).toEqual([
        ['cancelled', 4],
        ['completed', 8],
      ]);
    });

    test('S7: an answer that overtakes the start of its saga waits for it', async () => {
      const { shop, database } = await open();
      const encoder = new MessageEncoder({ source: '/elsewhere' });
      await shop.inbox.handle(encoder.encode(paymentSucceeded({ orderId: 'o1' })), shop.runtime.work);
      expect(await shop.state('o1')).toBeNull();
      await shop.place('o1');
      await shop.untilState('o1', 'completed');
      expect([shop.failures, await database.query('select * from holdfast_saga_parked')]).toEqual([[], []]);
    });

    test('S8: two events at once for one instance, by two connections, are taken one after another without an error', async () => {
      const { shop, database } = await open({ conductOf: unless({ 'payment.request': 'fall silent' }) });
      await shop.place('o1');
      await shop.untilState('o1', 'paying');
      const another = database.another() as never;
      const runtimes = [shop.runtime, shop.runtimeOn(another)];
      const inboxes = [shop.inbox, shop.inboxOn(another)];
      const encoder = new MessageEncoder({ source: '/elsewhere' });
      const order = { orderId: 'o1', customer: 'ada@example.org', amount: 500, sku: 'tea', quantity: 2 };
      const events = [orderPlaced(order), paymentUnclear({ orderId: 'o1' }), paymentSucceeded({ orderId: 'o1' })];
      const outcomes = await Promise.all(
        [...events, ...events].map((event, n) => inboxes[n % 2]!.handle(encoder.encode(event), runtimes[n % 2]!.work)),
      );
      expect(outcomes).toEqual(outcomes.map(() => 'applied'));
      await shop.untilState('o1', 'completed');
      expect(await shop.audit()).toEqual([]);
    });
  });
}
