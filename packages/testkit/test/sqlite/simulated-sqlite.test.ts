import { defineEvent, EventRegistry } from '@holdfast/core';
import { Inbox, SqliteInboxStore, sqliteInboxMigrations } from '@holdfast/inbox-dedup';
import { Outbox, SqliteOutboxStore, sqliteOutboxMigrations } from '@holdfast/outbox';
import { Migrator, sqliteLeaseMigrations } from '@holdfast/sql';
import { AwaitedTransactions, BetterSqlite3Database, BetterSqlite3Transactions } from '@holdfast/sql/better-sqlite3';
import { SimulatedSqlite, SqliteTemplate } from '@holdfast/testkit/sqlite';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { runWorld } from '../../src/campaign/run-world.ts';
import { PlanFaults } from '../../src/faults/plan-faults.ts';

const template = new SqliteTemplate(async (handle) => {
  handle.exec(
    'create table account (id integer primary key autoincrement, owner text, at integer default (unixepoch())) strict',
  );
  handle.exec("insert into account (owner) values ('bank')");
  const sets = [sqliteLeaseMigrations, sqliteOutboxMigrations, sqliteInboxMigrations];
  await new Migrator({ database: new BetterSqlite3Database(handle), sets }).up();
});

/** The owners in the end, when a process opens two accounts in one transaction, and is killed in it. */
async function ownersAfter(faults: ConstructorParameters<typeof PlanFaults>[0] = []): Promise<readonly unknown[]> {
  const owners: unknown[] = [];
  await runWorld(
    {
      world: async (world) => {
        const db = await SimulatedSqlite.open(world, 'bank', { template });
        world.process('service', async () => {
          const handle = db.handle();
          if (handle.prepare('select count(*) from account').pluck().get() !== 1) return;
          const insert = handle.prepare('insert into account (owner) values (?)');
          handle
            .transaction(() => {
              insert.run('ann');
              insert.run('bob');
            })
            .immediate();
        });
        return db;
      },
      check: [
        {
          name: 'look',
          check: (db) => {
            owners.push(...db.query('select owner from account order by id').map(({ owner }) => owner));
            return [];
          },
        },
      ],
    },
    { seed: 1, faults: new PlanFaults(faults) },
  );
  return owners;
}

test('F3.5: what a process has written in a transaction is gone when it dies before the commit, and there when it dies after', async () => {
  expect(await ownersAfter()).toEqual(['bank', 'ann', 'bob']);
  // The next life finds one account, and opens the others: with a torn transaction it would find two and not.
  for (const at of ['service/bank.insert.account#2', 'service/bank.commit#1']) {
    expect(await ownersAfter([{ at, kind: 'crash-before' }])).toEqual(['bank', 'ann', 'bob']);
  }
  expect(await ownersAfter([{ at: 'service/bank.commit#1', kind: 'crash-after' }])).toEqual(['bank', 'ann', 'bob']);
});

test('every run begins with what the template made, numbers that count up included', async () => {
  for (let run = 0; run < 3; run += 1) {
    expect(await ownersAfter()).toEqual(['bank', 'ann', 'bob']);
  }
});

const paid = defineEvent('order.paid', { versions: { 1: z.object({ orderId: z.string() }) } });

test('outbox and inbox run on it unchanged', async () => {
  const applied: string[] = [];
  const { problems } = await runWorld(
    {
      world: async (world) => {
        const db = await SimulatedSqlite.open(world, 'bank', { template });
        world.process('service', async () => {
          const runner = db.runner();
          const outbox = new Outbox({
            store: new SqliteOutboxStore({ database: db.database() }),
            transactions: new AwaitedTransactions(new BetterSqlite3Transactions()),
            source: '/bank',
          });
          const inbox = new Inbox({
            consumer: 'bank',
            store: new SqliteInboxStore(),
            transactions: runner,
            events: new EventRegistry([paid]),
          });
          applied.push(`quarantined ${(await inbox.stats()).quarantined}`);
          await runner.transaction(async (tx) => {
            await outbox.send(tx, paid({ orderId: 'o1' }));
          });
          const store = new SqliteOutboxStore({ database: db.database() });
          const stats = await store.housekeeping.stats();
          applied.push(`pending ${stats.lanes[0]?.pending}`);
        });
      },
    },
    { seed: 3 },
  );
  expect(problems).toEqual([]);
  expect(applied).toEqual(['quarantined 0', 'pending 1']);
});

test('its time is virtual', async () => {
  const seen: unknown[] = [];
  await runWorld(
    {
      world: async (world) => {
        const db = await SimulatedSqlite.open(world, 'clock');
        world.process('service', async () => {
          await world.clock.sleep(90_000);
          const handle = db.handle();
          seen.push(
            handle
              .prepare(
                "select unixepoch() as a, unixepoch('now', '+1 day') as b, datetime() as c, current_timestamp as d, cast(unixepoch('subsec') * 1000 as integer) as e, datetime('2020-01-01') as f",
              )
              .get(),
          );
        });
      },
    },
    { seed: 3 },
  );
  expect(seen).toEqual([
    {
      a: 1_800_000_090,
      b: 1_800_086_490,
      c: '2027-01-15 08:01:30',
      d: '2027-01-15 08:01:30',
      e: 1_800_000_090_000,
      f: '2020-01-01 00:00:00',
    },
  ]);
});

test.each([
  ['commits', 'insert into account (owner) values (?)', ['ann', 'late']],
  ['is rolled back by a statement that fails', 'insert or rollback into account (id, owner) values (1, ?)', ['late']],
])('who waits for the lock gets it when the transaction %s', async (_how, text, expected) => {
  const { problems } = await runWorld(
    {
      world: async (world) => {
        const db = await SimulatedSqlite.open(world, 'bank', { template });
        world.process('first', async () => {
          const handle = db.handle();
          handle.prepare('begin immediate').run();
          await world.clock.sleep(1_000);
          try {
            handle.prepare(text).run('ann');
            handle.prepare('commit').run();
          } catch {
            // SQLite has rolled back.
          }
          // It lives on: its end would free the lock as well.
          return { stop: async () => {} };
        });
        world.process('late', async () => {
          await world.clock.sleep(100);
          const runner = db.runner();
          await runner.transaction(async (tx) => tx.prepare("insert into account (owner) values ('late')").run());
        });
        world.quietWhen(() => world.processes.some(({ name, isDone }) => name === 'late' && isDone));
        return () => db.query("select owner from account where owner <> 'bank' order by id");
      },
      check: [
        {
          name: 'owners',
          check: (owners) => {
            expect(owners().map(({ owner }) => owner)).toEqual(expected);
            return [];
          },
        },
      ],
    },
    { seed: 5 },
  );
  expect(problems).toEqual([]);
});
