import { EventRegistry } from '@holdfast/core';
import { Inbox, SqliteInboxStore, sqliteInboxMigrations } from '@holdfast/inbox-dedup';
import { Migrator } from '@holdfast/sql';
import { BetterSqlite3Database, BetterSqlite3TransactionRunner } from '@holdfast/sql/better-sqlite3';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { crashEverywhere } from '../../src/crash-everywhere/crash-everywhere.ts';
import type { World } from '../../src/kernel/world.ts';
import { given, orderPlaced } from './payments.ts';

/** A real database in memory, each transaction of which is one I/O point. */
async function databaseOf(world: World) {
  const handle = new Database(':memory:');
  world.onClose(() => handle.close());
  await new Migrator({ database: new BetterSqlite3Database(handle), sets: [sqliteInboxMigrations] }).up();
  handle.exec('create table payments (cents integer)');
  const payments = handle.prepare('select count(*) from payments').pluck();
  world.part({ name: 'shop', counts: () => ({ payments: payments.get() as number }) });
  const runner = new BetterSqlite3TransactionRunner(handle);
  return world.port('shop', runner, { answers: true, except: ['dialect', 'executor'] });
}

test('a handler of an inbox takes effect once whatever goes wrong', async () => {
  const result = await crashEverywhere(
    async (world) => {
      const transactions = await databaseOf(world);
      const events = new EventRegistry([orderPlaced]);
      const { clock, random, ids } = world;
      const store = new SqliteInboxStore();
      const inbox = new Inbox({ consumer: 'payments', store, transactions, events, clock, random, ids });
      return inbox.handler((message, { tx }) => {
        if (orderPlaced.is(message)) tx.prepare('insert into payments values (?)').run(message.data.cents);
      });
    },
    { given: [given, orderPlaced({ orderId: 'o-2', cents: 100 })], events: [orderPlaced] },
  );
  expect(result.points).toBeGreaterThanOrEqual(4);
  expect(result.runs).toBeGreaterThan(20);
});

test('the same work without the inbox does not', async () => {
  const sweep = crashEverywhere(
    async (world) => {
      const transactions = await databaseOf(world);
      return async (message) => {
        await transactions.transaction(async (tx) => {
          if (orderPlaced.is(message)) tx.prepare('insert into payments values (?)').run(message.data.cents);
        });
      };
    },
    { given, events: [orderPlaced] },
  );
  await expect(sweep).rejects.toThrow('shop: payments 2 instead of 1: the effect was applied 2 times.');
});
