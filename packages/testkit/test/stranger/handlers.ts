import { defineEvent, EventRegistry, type Message } from '@holdfast/core';
import { Inbox, SqliteInboxStore, sqliteInboxMigrations } from '@holdfast/inbox-dedup';
import { EffectJournal, SqliteEffectStore, sqliteEffectMigrations } from '@holdfast/inbox-dedup/effects';
import { Migrator } from '@holdfast/sql';
import { BetterSqlite3Database } from '@holdfast/sql/better-sqlite3';
import { KyselyTransactionRunner } from '@holdfast/sql/kysely';
import { type MakeHandler, SimulatedService, type World } from '@holdfast/testkit';
import { simulatedSqliteDialect } from '@holdfast/testkit/kysely';
import { SimulatedSqlite, type SqliteHandle, SqliteTemplate } from '@holdfast/testkit/sqlite';
import { Kysely } from 'kysely';
import { z } from 'zod';

export const stockTaken = defineEvent('stock.taken', { versions: { 1: z.object({ units: z.int() }) } });
export const given = [stockTaken({ units: 2 }), stockTaken({ units: 3 })];

interface Tables {
  seen: { id: string };
  stock: { n: number };
}

const template = new SqliteTemplate(async (handle) => {
  handle.exec(
    'create table seen (id text primary key); create table stock (n integer); insert into stock values (100)',
  );
  const database = new BetterSqlite3Database(handle);
  await new Migrator({ database, sets: [sqliteInboxMigrations, sqliteEffectMigrations] }).up();
});
const figures = { units: 'select sum(n) from stock' };

const open = (world: World) => SimulatedSqlite.open(world, 'shop', { template, figures, server: true });

/** Over a handle of better-sqlite3. */
function over(work: (handle: SqliteHandle, id: string, units: number) => void): MakeHandler {
  return async (world) => {
    const shop = await open(world);
    return {
      start: () => {
        const handle = shop.handle();
        return async (message) => {
          if (stockTaken.is(message)) work(handle, message.id, message.data.units);
        };
      },
    };
  };
}

const take = (handle: SqliteHandle, units: number) => handle.prepare('update stock set n = n - ?').run(units);
const isSeen = (handle: SqliteHandle, id: string) =>
  handle.prepare('select 1 from seen where id = ?').get(id) !== undefined;
const record = (handle: SqliteHandle, id: string) =>
  handle.prepare('insert into seen values (?) on conflict do nothing').run(id).changes === 1;

/** Over Kysely, as to a server. */
function overKysely(work: (db: Kysely<Tables>, id: string, units: number) => Promise<void>): MakeHandler {
  return async (world) => {
    const shop = await open(world);
    return {
      start: () => {
        const db = new Kysely<Tables>({ dialect: simulatedSqliteDialect(shop) });
        return async (message) => {
          if (stockTaken.is(message)) await work(db, message.id, message.data.units);
        };
      },
    };
  };
}

const insertOf = (db: Kysely<Tables>, id: string) =>
  db
    .insertInto('seen')
    .values({ id })
    .onConflict((conflict) => conflict.doNothing());
const updateOf = (db: Kysely<Tables>, units: number) =>
  db.updateTable('stock').set(({ eb }) => ({ n: eb('n', '-', units) }));

/** A provider that has forgotten the key of a charge when it comes again. */
function forgetfulProvider(world: World) {
  const charges: string[] = [];
  const api = {
    charge: async (key: string) => ({ chargeId: `${key}/${charges.push(key)}` }),
    find: async (key: string) => (charges.includes(key) ? { chargeId: key } : null),
  };
  return new SimulatedService(world, 'payments', { api, counts: () => ({ charges: charges.length }) }).api;
}

function overJournal(isAsked: boolean): MakeHandler {
  return async (world) => {
    const shop = await open(world);
    const payments = forgetfulProvider(world);
    return {
      start: () => {
        const journal = new EffectJournal({
          name: 'payment',
          store: new SqliteEffectStore(),
          database: shop.database(),
        });
        return async ({ id }) => {
          await journal.perform(`${id}/charge`, {
            call: ({ idempotencyKey }) => payments.charge(idempotencyKey),
            verify: async ({ idempotencyKey }) => {
              const result = isAsked ? await payments.find(idempotencyKey) : null;
              return result === null ? { happened: false } : { happened: true, result };
            },
          });
        };
      },
    };
  };
}

const decoded = (message: Message) => (stockTaken.is(message) ? message.data.units : 0);

/** Handlers that survive everything. */
export const right: Readonly<Record<string, MakeHandler>> = {
  'record and effect in one transaction': over((handle, id, units) => {
    handle.transaction(() => {
      if (record(handle, id)) take(handle, units);
    })();
  }),
  'an inbox on a handle': async (world) => {
    const shop = await open(world);
    return {
      start: () => {
        const [store, events] = [new SqliteInboxStore(), new EventRegistry([stockTaken])];
        const inbox = new Inbox({ consumer: 'stock', store, transactions: shop.runner(), events });
        return inbox.handler((message, { tx }) => void take(tx, decoded(message)));
      },
    };
  },
  'an inbox over Kysely': async (world) => {
    const shop = await open(world);
    return {
      start: () => {
        const db = new Kysely<Tables>({ dialect: simulatedSqliteDialect(shop) });
        const transactions = new KyselyTransactionRunner(db, { dialect: 'sqlite' });
        const [store, events] = [new SqliteInboxStore(), new EventRegistry([stockTaken])];
        const inbox = new Inbox({ consumer: 'stock', store, transactions, events });
        return inbox.handler(async (message, { tx }) => {
          await updateOf(tx, decoded(message)).execute();
        });
      },
    };
  },
  'record and effect in one transaction of Kysely': overKysely(async (db, id, units) => {
    await db.transaction().execute(async (tx) => {
      const { numInsertedOrUpdatedRows } = await insertOf(tx, id).executeTakeFirstOrThrow();
      if (numInsertedOrUpdatedRows === 1n) await updateOf(tx, units).execute();
    });
  }),
  'a journal that asks the provider': overJournal(true),
};

/** Handlers with one mistake each, and the fault that shows it first. */
export const wrong: Readonly<Record<string, readonly [fault: string, make: MakeHandler]>> = {
  'effect before record': [
    'crash-after handler-1/shop.update.stock#1',
    over((handle, id, units) => {
      if (isSeen(handle, id)) return;
      take(handle, units);
      record(handle, id);
    }),
  ],
  'record and effect in two transactions': [
    'crash-after handler-1/shop.insert.seen#1',
    over((handle, id, units) => {
      if (record(handle, id)) handle.transaction(() => take(handle, units))();
    }),
  ],
  'an error that is swallowed in the transaction': [
    'error-before handler-1/shop.update.stock#1',
    over((handle, id, units) => {
      handle.transaction(() => {
        if (!record(handle, id)) return;
        try {
          take(handle, units);
        } catch {
          // "It is logged."
        }
      })();
    }),
  ],
  'a duplicate that is an error': [
    'crash-after handler-1/shop.commit#1',
    over((handle, id, units) => {
      handle.transaction(() => {
        handle.prepare('insert into seen values (?)').run(id);
        take(handle, units);
      })();
    }),
  ],
  'an update of Kysely outside of the transaction': [
    'crash-after handler-1/shop.insert.seen#1',
    overKysely(async (db, id, units) => {
      const { numInsertedOrUpdatedRows } = await insertOf(db, id).executeTakeFirstOrThrow();
      if (numInsertedOrUpdatedRows === 1n) await updateOf(db, units).execute();
    }),
  ],
  'a statement of Kysely that nobody awaits': [
    'error-before handler-1/shop.update.stock#1',
    overKysely(async (db, id, units) => {
      await db.transaction().execute(async (tx) => {
        const { numInsertedOrUpdatedRows } = await insertOf(tx, id).executeTakeFirstOrThrow();
        if (numInsertedOrUpdatedRows === 1n) void updateOf(tx, units).execute();
      });
    }),
  ],
  'a journal whose verify says no without asking': ['crash-after handler-1/payments.charge#1', overJournal(false)],
  'a set in memory as the record': [
    'crash-after handler-1/payments.charge#1',
    (world) => {
      const payments = forgetfulProvider(world);
      return {
        start: () => {
          const done = new Set<string>();
          return async ({ id }) => {
            if (done.has(id)) return;
            await payments.charge(id);
            done.add(id);
          };
        },
      };
    },
  ],
  'a timer that goes on when the handler has returned': [
    'crash-before handler-1/payments.charge#1',
    (world) => {
      const charged = new Set<string>();
      const api = { find: async () => {}, charge: async (key: string) => void charged.add(key) };
      const payments = new SimulatedService(world, 'payments', { api, counts: () => ({ charges: charged.size }) }).api;
      return async ({ id }) => {
        await payments.find();
        setTimeout(() => void payments.charge(id).catch(() => {}), 10);
      };
    },
  ],
};
