import { defineEvent, type Message } from '@holdfast/core';
import { crashEverywhere, ForeignConnectionError, type MakeHandler, runWorld } from '@holdfast/testkit';
import { simulatedSqliteDialect } from '@holdfast/testkit/kysely';
import { SimulatedSqlite, SqliteTemplate } from '@holdfast/testkit/sqlite';
import { Kysely } from 'kysely';
import { expect, test } from 'vitest';
import { z } from 'zod';

const stockTaken = defineEvent('stock.taken', { versions: { 1: z.object({ sku: z.string(), units: z.int() }) } });
const options = { given: stockTaken({ sku: 'a-1', units: 2 }), events: [stockTaken] };

const template = new SqliteTemplate((handle) => {
  handle.exec('create table movements (id text primary key, units integer) strict');
});

type Work = (message: Message) => Promise<void>;
interface Tables {
  movements: { id: string; units: number };
}

const ways: Readonly<Record<string, (shop: SimulatedSqlite) => Work>> = {
  'a handle': (shop) => {
    const handle = shop.handle();
    return async (message) => {
      handle.prepare('insert into movements values (?, 2) on conflict do nothing').run(message.id);
    };
  },
  'a runner of runner()': (shop) => {
    const runner = shop.runner();
    return async (message) => {
      await runner.transaction(async (tx) => {
        tx.prepare('insert into movements values (?, 2) on conflict do nothing').run(message.id);
      });
    };
  },
  'a runner of transactions()': (shop) => {
    const runner = shop.transactions();
    return async (message) => {
      await runner.transaction(async (tx) => {
        await tx.execute({ text: 'insert into movements values (?1, 2) on conflict do nothing', values: [message.id] });
      });
    };
  },
  Kysely: (shop) => {
    const db = new Kysely<Tables>({ dialect: simulatedSqliteDialect(shop) });
    return async ({ id }) => {
      await db
        .insertInto('movements')
        .values({ id, units: 2 })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    };
  },
};

test.each(Object.keys(ways))('%s that no process has made is refused at once', async (name) => {
  const make: MakeHandler = async (world) => {
    const shop = await SimulatedSqlite.open(world, 'shop', { template, server: true });
    return ways[name]!(shop);
  };
  const refused = await crashEverywhere(make, options).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(ForeignConnectionError);
  expect(String(refused)).toContain('"handler-1" uses a connection to "shop" that was made outside of every process');
});

test.each(Object.keys(ways))('%s that its process has made is not', async (name) => {
  const make: MakeHandler = async (world) => {
    const shop = await SimulatedSqlite.open(world, 'shop', { template, server: true });
    return { start: () => ways[name]!(shop) };
  };
  const { points } = await crashEverywhere(make, options);
  expect(points).toBeGreaterThan(1);
});

test('a connection that the code drops the refusal of is a problem of the run, told once', async () => {
  const { problems } = await runWorld(
    {
      async world(world) {
        const shop = await SimulatedSqlite.open(world, 'shop', { template });
        const handle = shop.handle();
        world.process('reader', async () => {
          for (let times = 0; times < 3; times += 1) {
            try {
              handle.prepare('select 1').get();
            } catch {
              // As careless code does.
            }
          }
        });
        world.client('nobody', async () => {});
        world.quietWhen(() => true);
      },
    },
    { seed: 1 },
  );
  expect(problems.map(({ check }) => check)).toEqual(['a process uses its own connections']);
});

test('a client, whom no fault touches, may use what the world has made', async () => {
  const { problems } = await runWorld(
    {
      async world(world) {
        const handle = (await SimulatedSqlite.open(world, 'shop', { template })).handle();
        world.client('customer', async () => {
          handle.prepare('insert into movements values (?, 1)').run('m-1');
        });
        world.quietWhen(() => true);
      },
    },
    { seed: 1 },
  );
  expect(problems).toEqual([]);
});
