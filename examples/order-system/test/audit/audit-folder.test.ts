import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { auditFolder } from '../../src/audit/audit-folder.ts';
import { DataFolder, type ServiceName } from '../../src/run/data-folder.ts';
import { openDatabase } from '../../src/sqlite/open-database.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { finishRun } from './finished-run.ts';

// A slow machine only takes longer.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let root: ReturnType<typeof temporaryFolder>;
let copies = 0;
beforeAll(async () => {
  root = temporaryFolder();
  await finishRun(DataFolder.forNewRun(join(root.path, 'run')));
});
afterAll(() => root[Symbol.dispose]());

const PAID = "state = 'paid'";
const NOT_REFUNDED = 'where charge_id not in (select charge_id from refund)';
/** A charge that was made. */
const MADE = "rowid = (select min(rowid) from holdfast_effect where journal = 'charge' and state = 'done')";

/** A copy of the finished run, with one statement run behind its back. Returns the invariants that do not hold. */
async function brokenBy(service: ServiceName, sql: string): Promise<readonly string[]> {
  copies += 1;
  const path = join(root.path, `copy-${copies}`);
  cpSync(join(root.path, 'run'), path, { recursive: true });
  const folder = DataFolder.ofEarlierRun(path);
  const db = openDatabase(folder.file(service));
  db.pragma('foreign_keys = off');
  db.exec(sql);
  db.close();
  const { ok, invariants } = await auditFolder(folder);
  const broken = invariants.filter((invariant) => !invariant.ok).map(({ name, detail }) => `${name}: ${detail}`);
  expect(ok).toBe(broken.length === 0);
  return broken;
}

test('a run in which nothing was lost or done twice passes', async () => {
  const report = await auditFolder(DataFolder.ofEarlierRun(join(root.path, 'run')));
  expect(report.invariants.filter(({ ok }) => !ok)).toEqual([]);
  expect(report).toMatchObject({ accepted: 20, rejectedLines: 0, ok: true });
});

test.each(['order', 'payment', 'inventory', 'delivery', 'notification', 'analytics'] as const)(
  'a message lost on its way to %s is missed',
  async (service) => {
    const broken = await brokenBy(service, 'delete from applied_message where sequence = 3');
    expect(broken).toEqual(
      expect.arrayContaining([
        expect.stringContaining(`${service} applied every message exactly once: 1 messages lost`),
      ]),
    );
  },
);

test('a message lost together with its effect is missed', async () => {
  const broken = await brokenBy(
    'payment',
    `create temp table one as select id, key from applied_message join payment on order_id = key
       where ${PAID} limit 1;
     delete from payment where order_id = (select key from one);
     delete from payment_transaction where message_id = (select id from one);
     delete from applied_message where id = (select id from one)`,
  );
  expect(broken.join()).toMatch(/1 messages lost/);
  expect(broken.join()).toMatch(/money is conserved: 1 completed orders not paid once/);
});

test('a message that nobody sent is seen', async () => {
  const broken = await brokenBy('analytics', "insert into applied_message (id, type) values ('x', 'order.created')");
  expect(broken.join()).toMatch(/1 messages that nobody sent \(x\)/);
});

test('a message that was applied twice is seen, and so is one that the inbox did not record', async () => {
  const again =
    'insert into applied_message (id, type, key) select id, type, key from applied_message where sequence = 1';
  expect((await brokenBy('analytics', again)).join()).toMatch(/1 messages applied more than once/);
  const forgotten = 'delete from holdfast_inbox where id = (select id from applied_message where sequence = 1)';
  expect((await brokenBy('inventory', forgotten)).join()).toMatch(/1 messages applied without a record in the inbox/);
  const unapplied = 'delete from applied_message where sequence = 1';
  expect((await brokenBy('inventory', unapplied)).join()).toMatch(/1 records in the inbox without an effect/);
});

test('a request that was dealt with twice, or left no trace, is seen', async () => {
  const again = `insert into payment_transaction (message_id, order_id, kind, answer, amount)
    select message_id, order_id, kind, answer, amount from payment_transaction limit 1`;
  expect((await brokenBy('payment', again)).join()).toMatch(/1 messages whose effect is not there once/);
  const forgotten = 'delete from delivery_transaction where sequence = 1';
  expect((await brokenBy('delivery', forgotten)).join()).toMatch(/1 messages whose effect is not there once/);
});

test('a payment that was forgotten, has another amount, or another order is seen', async () => {
  const one = `rowid = (select min(rowid) from payment where ${PAID})`;
  expect((await brokenBy('payment', `delete from payment where ${one}`)).join()).toMatch(
    /1 completed orders not paid once with their total.*1 charges that payment does not know/,
  );
  expect((await brokenBy('payment', `update payment set amount = amount + 1 where ${one}`)).join()).toMatch(/money/);
  expect((await brokenBy('payment', "update payment set order_id = 'x' where rowid = 1")).join()).toMatch(
    /payments without an order/,
  );
});

test('S2: money that is kept of a cancelled order is seen, at payment and at the provider', async () => {
  const kept = "update payment set state = 'paid', refunded_amount = 0 where state = 'refunded' and rowid = ";
  const first = "(select min(rowid) from payment where state = 'refunded')";
  expect((await brokenBy('payment', kept + first)).join()).toMatch(
    /1 cancelled orders of which money is kept.*1 refunds that the provider does not know so/,
  );
  expect((await brokenBy('provider', 'delete from refund where rowid = 1')).join()).toMatch(
    /1 orders of which the provider keeps something else.*1 refunds that the provider does not know so/,
  );
});

test('a refund that was made twice, in part, or that payment does not know is seen', async () => {
  const again = "insert into refund select 'again', 'again', charge_id, amount, refunded_at from refund limit 1";
  expect((await brokenBy('provider', again)).join()).toMatch(
    /1 charges that were given back twice, or in part.*1 refunds that payment does not know/,
  );
  const part = 'update refund set amount = amount - 1 where rowid = 1';
  expect((await brokenBy('provider', part)).join()).toMatch(/1 charges that were given back twice, or in part/);
  const completed = `insert into refund select 'new', 'new', charge_id, amount, charged_at from charge
    ${NOT_REFUNDED} limit 1`;
  expect((await brokenBy('provider', completed)).join()).toMatch(/1 orders of which the provider keeps something else/);
});

test('F6.3: a charge that the provider made twice, not at all, or of another amount is seen', async () => {
  const again =
    "insert into charge select 'again', 'again', amount, reference, charged_at, customer from charge limit 1";
  expect((await brokenBy('provider', again)).join()).toMatch(
    /ledger is the orders: 1 orders that the provider charged twice.*1 charges that payment does not know/,
  );
  expect(
    (
      await brokenBy('provider', `delete from charge where rowid = (select min(rowid) from charge ${NOT_REFUNDED})`)
    ).join(),
  ).toMatch(/1 completed orders that the provider did not charge.*1 payments that the provider does not know so/);
  const swapped =
    'update charge set amount = amount + 1 where rowid = 1; update charge set amount = amount - 1 where rowid = 2';
  const broken = await brokenBy('provider', swapped);
  expect(broken.join()).toMatch(/2 charges that are not the total of an order/);
  expect(broken.join()).not.toMatch(/sum that differs/);
  expect((await brokenBy('provider', "update charge set charge_id = 'x' where rowid = 1")).join()).toMatch(
    /1 payments that the provider does not know so.*1 charges that payment does not know/,
  );
});

test.each([
  ['calling', /1 charges of which nobody knows/],
  ['unknown', /1 charges of which nobody knows/],
  ['parked', /1 charges that a person must look up/],
  ['free', /1 charges that were given up/],
  ['refused', /1 refusals that payment does not know/],
])('F6.6: a charge that is left %s is seen', async (state, message) => {
  const broken = await brokenBy('effects', `update holdfast_effect set state = '${state}' where ${MADE}`);
  expect(broken).toEqual([expect.stringMatching(message)]);
});

test('a payment that went past the journal is seen', async () => {
  const broken = await brokenBy('effects', `delete from holdfast_effect where ${MADE}`);
  expect(broken).toEqual([expect.stringContaining('1 payments without a charge in the journal')]);
  const refund = await brokenBy('effects', "delete from holdfast_effect where journal = 'refund'");
  expect(refund).toEqual([expect.stringContaining('3 refunds that are not in the journal')]);
});

test('F1.1: two orders of one key, an order that came twice, and an answer that is not kept are seen', async () => {
  const key = '(select idempotency_key from purchase_order where idempotency_key is not null limit 1)';
  const two = `update purchase_order set idempotency_key = ${key} where idempotency_key is null`;
  expect((await brokenBy('order', two)).join()).toMatch(/made one order: 1 keys with several orders/);
  expect((await brokenBy('order', "update purchase_order set reference = 'x' where rowid < 3")).join()).toMatch(
    /1 orders that are there twice/,
  );
  expect((await brokenBy('order', 'update holdfast_idempotency set status = null where rowid = 1')).join()).toMatch(
    /1 orders without a kept answer/,
  );
  const other = `update holdfast_idempotency set body = cast('{"orderId":"x"}' as blob) where rowid = 1`;
  expect((await brokenBy('order', other)).join()).toMatch(/1 kept answers that do not name the order of their key/);
});

test('two wrong payments that cancel each other out in sum are seen', async () => {
  const broken = await brokenBy(
    'payment',
    `update payment set amount = amount + 1 where rowid = (select min(rowid) from payment where ${PAID});
     update payment set amount = amount - 1 where rowid = (select max(rowid) from payment where ${PAID})`,
  );
  expect(broken[0]).toContain('money is conserved: 2 completed orders not paid once');
  expect(broken.join()).not.toContain('sum that differs');
});

test('F4.8: messages of one order that arrived in another order are seen', async () => {
  const broken = await brokenBy(
    'analytics',
    `update applied_message set sequence = -sequence where sequence in (1, 2);
     update applied_message set sequence = 3 + sequence where sequence < 0`,
  );
  expect(broken).toEqual([
    expect.stringContaining('commit order: 1 messages before an earlier one of their order at analytics'),
  ]);
});

test('messages of different orders may arrive in any order', async () => {
  const broken = await brokenBy(
    'payment',
    `update applied_message set sequence = -sequence where sequence in (1, 2);
     update applied_message set sequence = 3 + sequence where sequence < 0`,
  );
  expect(broken).toEqual([]);
});

test('a message under another key is seen', async () => {
  const broken = await brokenBy('inventory', "update applied_message set key = 'x' where sequence = 1");
  expect(broken.join()).toMatch(/another key/);
});

test('stock that vanished, and a reservation of something else, are seen', async () => {
  expect(
    (await brokenBy('inventory', "update stock set on_hand = on_hand - 1 where product_id = 'product-1'")).join(),
  ).toMatch(/stock is conserved: 1 products whose stock does not add up/);
  const wrong = await brokenBy(
    'inventory',
    `create temp table one as select reservation_id, product_id from reservation_item
       join reservation using (reservation_id) where status = 'reserved' limit 1;
     update stock set on_hand = on_hand - 1 where product_id = (select product_id from one);
     update reservation_item set quantity = quantity + 1
       where (reservation_id, product_id) = (select reservation_id, product_id from one)`,
  );
  expect(wrong.join()).toMatch(/1 completed orders whose reservation is not what they ordered/);
});

test('F11.1: totals that counted something twice are seen', async () => {
  const broken = await brokenBy('analytics', "update event_total set events = events + 1 where type = 'order.created'");
  expect(broken).toEqual([expect.stringContaining('event types counted wrongly (order.created)')]);
});

test('F3.5: an order without its messages is seen', async () => {
  const broken = await brokenBy('order', 'delete from sent_message where position = 5');
  expect(broken.join()).toMatch(/1 orders that were not announced once/);
});

test('S3: stock that is kept for a cancelled order, and a delivery of one, are seen', async () => {
  const kept = `update reservation set status = 'reserved' where status = 'released';
    update stock set on_hand = on_hand - coalesce((select sum(quantity) from reservation_item i join reservation r
      using (reservation_id) where r.released_at is not null and i.product_id = stock.product_id), 0)`;
  const stock = await brokenBy('inventory', kept);
  expect(stock).toEqual([expect.stringContaining('stock is conserved: 2 reservations of orders that are cancelled')]);
  const delivered = await brokenBy('delivery', "update delivery set status = 'scheduled' where status = 'refused'");
  expect(delivered).toEqual([
    expect.stringContaining('only completed orders are delivered: 2 deliveries of orders that are cancelled'),
  ]);
  const forgotten = await brokenBy(
    'delivery',
    "delete from delivery where delivery_id = (select max(delivery_id) from delivery where status = 'scheduled')",
  );
  expect(forgotten.join()).toMatch(/1 completed orders that are not delivered once/);
});

test('an order that is neither over nor with a person, has no saga, or says something else than its saga, is seen', async () => {
  const running = `update holdfast_saga set state = 'stock', kind = 'active' where rowid = 1;
    update purchase_order set status = 'paid' where order_id = (select key from holdfast_saga where rowid = 1)`;
  expect((await brokenBy('order', running)).join()).toMatch(
    /waits for a person: 1 sagas that are neither over nor with a person .*; 1 orders that are not accounted for/,
  );
  expect((await brokenBy('order', 'delete from holdfast_saga where rowid = 1')).join()).toMatch(
    /1 orders without a saga/,
  );
  expect((await brokenBy('order', "update purchase_order set status = 'cancelled' where rowid = 1")).join()).toMatch(
    /1 orders whose status is not that of their saga/,
  );
  const timer =
    "insert into holdfast_saga_timer select saga, key, 'stock:timeout', 1, 0, 0, null from holdfast_saga limit 1";
  expect(await brokenBy('order', timer)).toEqual([expect.stringContaining('1 sagas that stand still and have timers')]);
});

test('orders of a run that was cut off are not said to wait for a person', async () => {
  await brokenBy('order', "update holdfast_saga set state = 'stock', kind = 'active' where rowid = 1");
  const { endings } = await auditFolder(DataFolder.ofEarlierRun(join(root.path, `copy-${copies}`)));
  const of = (name: string) => endings.find(({ ending }) => ending === name)?.orders;
  expect([of('not over'), of('waits for a person')]).toEqual([1, 0]);
});

test('orders are counted by how they ended', async () => {
  const report = await auditFolder(DataFolder.ofEarlierRun(join(root.path, 'run')));
  expect(report.invariants.find(({ name }) => name.includes('waits for a person'))?.detail).toBe(
    '20 accepted = 15 completed + 5 cancelled + 0 with a person',
  );
  expect(report.endings.filter(({ orders }) => orders > 0).map(({ ending, orders }) => [ending, orders])).toEqual([
    ['completed', 15],
    ['payment failed', 2],
    ['stock failed, refunded', 1],
    ['delivery failed, released and refunded', 2],
  ]);
});

test('a transition that the definition does not have, a gap, a loose end and an action of nobody are seen', async () => {
  const [one] = ["(select key from holdfast_saga where state = 'completed' limit 1)"];
  const history = (change: string) => brokenBy('order', `${change} and saga = 'order' and key = ${one}`);
  expect(await history("update holdfast_saga_history set label = 'because' where number = 2")).toEqual([
    expect.stringContaining('kept to its definition: 1 sagas with a transition that their definition does not have'),
  ]);
  expect((await history('delete from holdfast_saga_history where number = 2')).join()).toMatch(
    /1 sagas whose history has a gap.*messages that were sent and are in no history/,
  );
  expect((await history('delete from holdfast_saga_history where number = 4')).join()).toMatch(
    /1 sagas that are not where their history ends/,
  );
  const person = "update holdfast_saga_history set cause = 'operator', name = 'delivery.scheduled' where number = 4";
  expect(await history(person)).toEqual([
    expect.stringContaining('1 sagas that somebody moved without a name or a reason'),
  ]);
});

test('an end that was told twice, or of an order that is not over, is seen', async () => {
  const twice = "update sent_message set type = 'order.completed' where type = 'order.cancelled' and position = ";
  const first = "(select min(position) from sent_message where type = 'order.cancelled')";
  expect((await brokenBy('order', twice + first)).join()).toMatch(
    /1 orders that are cancelled and not told to be, once.*1 orders that were told to be over, and are not/,
  );
});

test('an accepted order that is not stored, and a line that got lost, are seen', async () => {
  expect((await brokenBy('order', "delete from purchase_order where reference like '%7'")).join()).toMatch(
    /2 orders differ between accepted and stored/,
  );
  expect((await brokenBy('order', "delete from order_item where order_id like '%7' and line = 0")).join()).toMatch(
    /lines differ between accepted and stored/,
  );
});

test('a message that was not relayed is seen', async () => {
  const broken = await brokenBy('order', 'update holdfast_outbox_lane set position = position - 1 where position > 0');
  expect(broken.join()).toMatch(/messages not relayed/);
});

test('a run that was cut off is seen', async () => {
  expect((await brokenBy('order', 'delete from intake')).join()).toMatch(/run that did not finish/);
});
