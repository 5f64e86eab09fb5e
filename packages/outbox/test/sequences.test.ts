import type { OutgoingMessage } from '@holdfast/core';
import { ManualClock } from '@holdfast/core/testing';
import { Outbox, type OutboxOptions, SqliteOutboxStore, SyncOutbox, sqliteOutboxMigrations } from '@holdfast/outbox';
import { Migrator, sqliteLeaseMigrations } from '@holdfast/sql';
import { BetterSqlite3Transactions } from '@holdfast/sql/better-sqlite3';
import { sqliteTestDatabase } from '@holdfast/sql/testing';
import { expect, onTestFinished, test } from 'vitest';
import { MemoryOutboxStore, MemoryTransactions } from '../src/testing/index.ts';

const sequences = { 'order.placed': 'order', 'order.paid': 'order', constructor: 'odd' };

function memoryOutbox(options: Partial<OutboxOptions<never, never>> = {}) {
  const store = new MemoryOutboxStore({ clock: new ManualClock() });
  const outbox = new Outbox({
    store,
    transactions: new MemoryTransactions(),
    source: '/orders',
    sequences,
    ...options,
  });
  return {
    async send(...messages: readonly OutgoingMessage[]) {
      const transaction = store.begin();
      const ids = await outbox.send(transaction, messages);
      await transaction.commit();
      return ids;
    },
    async attributes() {
      const claim = await store.lanes.claim(0, 1n);
      const { entries } = await store.lanes.read(claim!, claim!.cursor, 100);
      return entries.map(({ envelope }) => envelope.attributes);
    },
  };
}

const order = (type: string, more: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  type,
  key: 'o-1',
  data: {},
  ...more,
});

test('types of a stream share its numbers, and carry its name', async () => {
  const { send, attributes } = memoryOutbox();
  await send(order('order.placed'), order('order.paid', { extensions: { tenant: 't' } }), order('constructor'));
  await send(order('order.placed', { key: 'o-2' }), order('order.paid'));
  expect((await attributes()).map(({ sequence, sequencestream }) => [sequencestream, sequence])).toEqual([
    ['order', '1'],
    ['order', '2'],
    ['odd', '1'],
    ['order', '1'],
    ['order', '3'],
  ]);
  expect((await attributes())[1]).toMatchObject({ tenant: 't' });
});

test('a type without a stream has no number, and may bring one of its own', async () => {
  const { send, attributes } = memoryOutbox();
  const extensions = { sequence: '41', sequencestream: 'mine' };
  await send(order('mail.sent'), order('stock.moved', { extensions }), order('toString'));
  expect((await attributes()).map(({ sequence, sequencestream }) => [sequencestream, sequence])).toEqual([
    [undefined, undefined],
    ['mine', '41'],
    [undefined, undefined],
  ]);
});

test('a numbered message without a key, or with a number of its own, is refused before anything is written', async () => {
  const { send, attributes } = memoryOutbox();
  const { key: _key, ...keyless } = order('order.placed');
  await expect(send(order('order.placed'), keyless)).rejects.toMatchObject({
    code: 'ERR_CORE_INVALID_MESSAGE',
    field: 'key',
  });
  for (const name of ['sequence', 'sequencestream']) {
    await expect(send(order('order.paid', { extensions: { [name]: '1' } }))).rejects.toMatchObject({
      code: 'ERR_CORE_INVALID_MESSAGE',
      field: `extensions.${name}`,
    });
  }
  expect(await attributes()).toEqual([]);
});

test('the number counts as an attribute: a message that a consumer would refuse for too many is not sent', async () => {
  const { send } = memoryOutbox({ limits: { maxHeaders: 8 } });
  const extensions = { a: '1', b: '2', c: '3', d: '4' };
  await send(order('order.placed', { extensions }));
  await expect(send(order('order.placed', { extensions: { ...extensions, e: '5' } }))).rejects.toMatchObject({
    code: 'ERR_CORE_MESSAGE_TOO_LARGE',
  });
});

test.each([{ 'order.placed': '' }, { 'order.placed': 'x'.repeat(129) }, { 'order.placed': 7 as unknown as string }])(
  'a stream without a usable name is refused: %j',
  (broken) => {
    expect(() => memoryOutbox({ sequences: broken })).toThrow(
      expect.objectContaining({ code: 'ERR_CORE_INVALID_OPTION' }),
    );
  },
);

test('SyncOutbox numbers in the same way', async () => {
  const file = sqliteTestDatabase();
  onTestFinished(() => file.drop());
  const { database, names, handle } = file;
  await new Migrator({ database, names, sets: [sqliteLeaseMigrations, sqliteOutboxMigrations] }).up();
  const store = new SqliteOutboxStore({ database, names });
  const transactions = new BetterSqlite3Transactions();
  const outbox = new SyncOutbox({ store, transactions, source: '/orders', sequences });
  const own = file.open();
  own.transaction(() => outbox.send(own, [order('order.placed'), order('mail.sent'), order('order.paid')]))();
  const rolledBack = own.transaction(() => {
    outbox.send(own, order('order.paid'));
    throw new Error('changed my mind');
  });
  expect(rolledBack).toThrow('changed my mind');
  own.transaction(() => outbox.send(own, order('order.paid')))();
  const rows = handle.prepare('select attributes from holdfast_outbox_log order by position').all();
  const numbers = rows.map((row) => JSON.parse((row as { attributes: string }).attributes).sequence);
  expect(numbers).toEqual(['1', undefined, '2', '3']);
});
