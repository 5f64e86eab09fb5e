import { EventRegistry } from '@holdfast/core';
import { Inbox, SqliteInboxStore, sqliteInboxMigrations } from '@holdfast/inbox-dedup';
import { Migrator, type SqlExecutor, type TransactionRunner } from '@holdfast/sql';
import { BetterSqlite3Database } from '@holdfast/sql/better-sqlite3';
import { SimulatedSqlite, SqliteTemplate } from '@holdfast/testkit/sqlite';
import { expect, test } from 'vitest';
import { crashEverywhere } from '../../src/crash-everywhere/crash-everywhere.ts';
import type { World } from '../../src/kernel/world.ts';
import { given, orderPlaced } from '../crash-everywhere/payments.ts';

const template = new SqliteTemplate(async (handle) => {
  handle.exec('create table payment (order_id text, cents integer)');
  await new Migrator({ database: new BetterSqlite3Database(handle), sets: [sqliteInboxMigrations] }).up();
});

type Shape = 'a file' | 'a server';
const shapes: readonly Shape[] = ['a file', 'a server'];

function runnerOf(db: SimulatedSqlite, shape: Shape): TransactionRunner<unknown> {
  return (shape === 'a file' ? db.runner() : db.transactions()) as TransactionRunner<unknown>;
}

/** A handler of an inbox on a database, whose work may run its effect elsewhere than in the inbox's transaction. */
function inboxOn(shape: Shape, effectIn: 'the transaction' | 'one of its own') {
  return async (world: World) => {
    const db = await SimulatedSqlite.open(world, 'shop', { template, server: shape === 'a server' });
    return {
      start: () => {
        const transactions = runnerOf(db, shape);
        const own = runnerOf(db, shape);
        const { clock, random, ids } = world;
        const inbox = new Inbox({
          consumer: 'payments',
          store: new SqliteInboxStore(),
          transactions,
          events: new EventRegistry([orderPlaced]),
          ...{ clock, random, ids },
        });
        const insert = (executor: SqlExecutor, { orderId, cents }: { orderId: string; cents: number }) =>
          executor.execute({ text: 'insert into payment (order_id, cents) values (?1, ?2)', values: [orderId, cents] });
        const handle = inbox.handler(async (message, { tx }) => {
          if (!orderPlaced.is(message)) return;
          if (effectIn === 'the transaction') await insert(transactions.executor(tx), message.data);
        });
        return async (...args: Parameters<typeof handle>) => {
          const [message] = args;
          // Effect and record are committed apart.
          if (effectIn === 'one of its own' && orderPlaced.is(message)) await insert(own, message.data);
          return handle(...args);
        };
      },
    };
  };
}

test.each(shapes)(
  'F3.5: a handler of an inbox on %s takes effect once, whichever of its statements is its last',
  async (shape) => {
    const result = await crashEverywhere(inboxOn(shape, 'the transaction'), {
      given: [given, orderPlaced({ orderId: 'o-2', cents: 100 })],
      events: [orderPlaced],
    });
    // BEGIN, what the inbox reads and records, the effect, and COMMIT, for each of the two messages.
    expect(result.points).toBeGreaterThanOrEqual(10);
    expect(result.runs).toBeGreaterThan(30);
  },
);

test.each(shapes)('F3.5: one that commits its effect and its record apart on %s is caught', async (shape) => {
  const sweep = crashEverywhere(inboxOn(shape, 'one of its own'), { given, events: [orderPlaced] });
  await expect(sweep).rejects.toThrow('shop: payment 2 instead of 1: the effect was applied 2 times.');
});
