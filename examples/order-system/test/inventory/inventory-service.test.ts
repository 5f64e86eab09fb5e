import { join } from 'node:path';
import { type Envelope, MessageEncoder } from '@holdfast/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inventoryReleaseRequested } from '../../src/contracts/inventory-release-requested.ts';
import { orderInventoryRequested } from '../../src/contracts/order-inventory-requested.ts';
import { INITIAL_STOCK, SCARCE_STOCK } from '../../src/inventory/initial-stock.ts';
import { InventoryService } from '../../src/inventory/inventory-service.ts';
import { openForReading, type SqliteHandle } from '../../src/sqlite/open-database.ts';
import { type SentAnswer, sentAnswers } from '../sent-answers.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const encoder = new MessageEncoder({ source: '/orders' });
const requestedAt = '2027-01-01T00:00:00.000Z';

function request(orderId: string, items: readonly { productId: string; quantity: number }[]): Envelope {
  return encoder.encode(orderInventoryRequested({ orderId, items: [...items], requestedAt }));
}

function release(orderId: string): Envelope {
  return encoder.encode(inventoryReleaseRequested({ orderId, reason: 'a test', requestedAt }));
}

async function state(envelopes: readonly Envelope[]) {
  using folder = temporaryFolder();
  const file = join(folder.path, 'inventory.sqlite3');
  const inventory = await InventoryService.open(file);
  const handle = (envelope: Envelope) => inventory.inbox.handle(envelope, inventory.work);
  const outcomes: readonly string[] = await Promise.all(envelopes.map(handle));
  inventory.close();
  const db = openForReading(file);
  const stock = db.prepare('select product_id, on_hand from stock order by 1').raw().all();
  const reservations = db.prepare('select order_id, status from reservation order by 1').raw().all();
  db.close();
  return { outcomes, stock, reservations, sent: await sentAnswers(file) };
}

const typesOf = (sent: readonly SentAnswer[]) => sent.map(({ type }) => type);

test('F12.1: stock never goes below zero: an order gets everything or nothing', async () => {
  const { stock, reservations, sent } = await state([
    request('A', [{ productId: 'p', quantity: INITIAL_STOCK - 1 }]),
    request('B', [
      { productId: 'q', quantity: 1 },
      { productId: 'p', quantity: 1 },
      { productId: 'p', quantity: 1 },
    ]),
    request('C', [{ productId: 'p', quantity: 1 }]),
  ]);
  expect(stock).toEqual([
    ['p', 0],
    ['q', INITIAL_STOCK],
  ]);
  expect(reservations).toEqual([
    ['A', 'reserved'],
    ['B', 'refused'],
    ['C', 'reserved'],
  ]);
  expect(typesOf(sent)).toEqual(['inventory.reserved', 'inventory.failed', 'inventory.reserved']);
  expect(sent[1]?.data).toMatchObject({
    orderId: 'B',
    failureReason: 'out of stock',
    failedItems: [{ productId: 'p', requestedQuantity: 2, availableQuantity: 1 }],
  });
});

test('F12.2: a message that comes twice at the same time takes stock once, and is answered once', async () => {
  const envelope = request('A', [{ productId: 'p', quantity: 3 }]);
  const { outcomes, stock, reservations, sent } = await state([envelope, envelope]);
  expect(outcomes.toSorted()).toEqual(['applied', 'duplicate']);
  expect([stock, reservations]).toEqual([[['p', INITIAL_STOCK - 3]], [['A', 'reserved']]]);
  expect(typesOf(sent)).toEqual(['inventory.reserved']);
});

test('F12.2: a request that comes again under another id is answered again, and takes no stock', async () => {
  const items = [{ productId: 'p', quantity: 3 }];
  const { stock, sent } = await state([request('A', items), request('A', items)]);
  expect(stock).toEqual([['p', INITIAL_STOCK - 3]]);
  expect(sent).toMatchObject([{ data: { items } }, { data: { items } }]);
  expect(sent[1]?.data['reservationId']).toBe(sent[0]?.data['reservationId']);
});

test('what is released is on the shelf again, once, and told each time that it is asked for', async () => {
  const items = [{ productId: 'p', quantity: 3 }];
  const { stock, reservations, sent } = await state([request('A', items), release('A'), release('A')]);
  expect([stock, reservations]).toEqual([[['p', INITIAL_STOCK]], [['A', 'released']]]);
  expect(typesOf(sent)).toEqual(['inventory.reserved', 'inventory.released', 'inventory.released']);
  expect(sent[2]?.data).toMatchObject({ items, reservationId: sent[0]?.data['reservationId'] });
});

test('S7: a release that comes before its reservation puts nothing back, and the reservation is refused for ever', async () => {
  const { stock, reservations, sent } = await state([
    release('A'),
    request('A', [{ productId: 'p', quantity: 3 }]),
    release('A'),
  ]);
  expect([stock, reservations]).toEqual([[], [['A', 'closed']]]);
  expect(sent).toMatchObject([
    { type: 'inventory.released', data: { reservationId: null, items: [] } },
    { type: 'inventory.failed', data: { failureReason: 'the order was called off', failedItems: [] } },
    { type: 'inventory.released', data: { reservationId: null, items: [] } },
  ]);
});

test('a reservation that was refused releases nothing', async () => {
  const { stock, sent } = await state([request('A', [{ productId: 'p-soldout', quantity: 1 }]), release('A')]);
  expect(stock).toEqual([['p-soldout', 0]]);
  expect(sent).toMatchObject([{ type: 'inventory.failed' }, { type: 'inventory.released', data: { items: [] } }]);
});

test('an answer belongs to the order, and says what it is caused by', async () => {
  const envelope = request('A', [{ productId: 'p', quantity: 1 }]);
  const { sent } = await state([envelope]);
  expect(sent[0]).toMatchObject({ key: 'A', attributes: { causationid: envelope.id, subject: 'A' } });
});

/** Patience for a machine that has much to do. */
const LONG_MS = 60_000;

test('F12.1: whatever comes in which order, what is on the shelf and what is reserved is what there was', {
  timeout: LONG_MS,
}, async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, 'inventory.sqlite3');
  const inventory = await InventoryService.open(file);
  const db = openForReading(file);
  const step = fc.record({
    order: fc.integer({ min: 1, max: 4 }),
    isRelease: fc.boolean(),
    quantity: fc.integer({ min: 1, max: 4 }),
    isAgain: fc.boolean(),
  });
  let run = 0;
  let applied = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
      run += 1;
      const productId = `p${run}-scarce`;
      const envelopes: Envelope[] = [];
      for (const { order, isRelease, quantity, isAgain } of steps) {
        const [last, orderId] = [envelopes.at(-1), `O${run}-${order}`];
        if (isAgain && last !== undefined) envelopes.push(last);
        else envelopes.push(isRelease ? release(orderId) : request(orderId, [{ productId, quantity }]));
      }
      const messages = envelopes.map((envelope) => ({ envelope, attempt: 1 }));
      const outcomes = await inventory.inbox.handleBatch(messages, inventory.work);
      applied += outcomes.filter(({ outcome }) => outcome === 'applied').length;
      const onHand = unitsIn(db, 'select on_hand from stock where product_id = ?', productId);
      const reserved = unitsIn(db, RESERVED, productId);
      if (onHand !== null) expect(onHand + (reserved ?? 0)).toBe(SCARCE_STOCK);
    }),
    { numRuns: 50 },
  );
  const count = (table: string) => db.prepare<[], number>(`select count(*) from ${table}`).pluck().get();
  expect([count('stock_transaction'), count('sent_message')]).toEqual([applied, applied]);
  db.close();
  inventory.close();
});

const RESERVED = `select sum(quantity) from reservation join reservation_item using (reservation_id)
  where status = 'reserved' and product_id = ?`;

function unitsIn(db: SqliteHandle, sql: string, productId: string): number | null {
  return db.prepare<[string], number | null>(sql).pluck().get(productId) ?? null;
}
