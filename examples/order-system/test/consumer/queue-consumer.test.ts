import { join } from 'node:path';
import { type Envelope, EventRegistry, MessageEncoder } from '@holdfast/core';
import { Inbox, SqliteInboxStore, sqliteInboxMigrations } from '@holdfast/inbox-dedup';
import { MemoryBroker } from '@holdfast/transports/memory';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { QueueConsumer } from '../../src/consumer/queue-consumer.ts';
import { orderPaymentRequested } from '../../src/contracts/order-payment-requested.ts';
import type { SqliteHandle } from '../../src/sqlite/open-database.ts';
import { openServiceDatabase } from '../../src/sqlite/service-database.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const encoder = new MessageEncoder({ source: '/orders' });
const requestedAt = '2027-01-01T00:00:00.000Z';

function envelope(orderId: string, amount = 1): Envelope {
  return encoder.encode(orderPaymentRequested({ orderId, customerId: 'c', amount, requestedAt }));
}

let folder: ReturnType<typeof temporaryFolder>;
let db: SqliteHandle;
let broker: MemoryBroker;
let consumer: QueueConsumer;
let failOn: string | null;

beforeEach(async () => {
  folder = temporaryFolder();
  const { handle, transactions } = await openServiceDatabase(join(folder.path, 'test.sqlite3'), {
    schema: 'create table effect (order_id text)',
    sets: [sqliteInboxMigrations],
  });
  db = handle;
  broker = new MemoryBroker();
  failOn = null;
  const events = new EventRegistry([orderPaymentRequested]);
  await broker.declare({ queue: 'test', types: [...events.types, 'unknown.type'] });
  consumer = new QueueConsumer({
    service: {
      name: 'test',
      types: events.types,
      inbox: new Inbox({ consumer: 'test', store: new SqliteInboxStore(), transactions, events }),
      work: (message) => {
        if (!orderPaymentRequested.is(message)) throw new Error('never');
        db.prepare('insert into effect values (?)').run(message.data.orderId);
        if (message.data.orderId === failOn) throw new Error('planted');
      },
      close: () => {},
    },
    queue: broker.reader('test'),
    onError: () => {},
  });
});

afterEach(async () => {
  await consumer.stop();
  await broker.close();
  db.close();
  folder[Symbol.dispose]();
});

const effects = () => db.prepare('select order_id from effect order by rowid').pluck().all();

test('F4.4: a message that comes twice has its effect once, in one batch and across batches', async () => {
  const a = envelope('A');
  await broker.publish([a, envelope('B'), a]);
  await consumer.runOnce();
  await broker.publish([a]);
  await consumer.runOnce();
  expect(effects()).toEqual(['A', 'B']);
  expect([consumer.appliedCount, consumer.duplicateCount]).toEqual([2, 2]);
  expect(await broker.stats('test')).toMatchObject({ ready: 0, leased: 0, dead: 0 });
});

test('F12.2: an effect that fails leaves nothing behind, takes no neighbour along, and is made before anything newer', async () => {
  failOn = 'B';
  await broker.publish([envelope('A'), envelope('B')]);
  await expect(consumer.runOnce()).rejects.toThrow('planted');
  expect(effects()).toEqual(['A']);
  await broker.publish([envelope('B')]);
  failOn = null;
  await consumer.runOnce();
  expect(effects()).toEqual(['A', 'B']);
  await consumer.runOnce();
  expect(effects()).toEqual(['A', 'B', 'B']);
});

test('F5.8, F5.10: a message that cannot be understood is dead-lettered, and the others are applied', async () => {
  const wrong = encoder.encode({ type: orderPaymentRequested.type, data: { orderId: 7 } });
  const unknown = encoder.encode({ type: 'unknown.type', data: {} });
  const malformed = { ...envelope('X'), body: Buffer.from('{') };
  await broker.publish([wrong, unknown, malformed, envelope('A')]);
  await consumer.runOnce();
  expect(effects()).toEqual(['A']);
  expect(await broker.deadLetters('test')).toHaveLength(3);
});

test('a settlement that is lost costs nothing: the message comes again and is dropped', async () => {
  await broker.publish([envelope('A')]);
  failOn = 'A';
  await expect(consumer.runOnce()).rejects.toThrow('planted');
  failOn = null;
  broker.setAvailable(false);
  await consumer.runOnce();
  expect(effects()).toEqual(['A']);
  broker.setAvailable(true);
  expect((await broker.stats('test')).leased).toBe(1);
});
