import { defineEvent, EventRegistry } from '@holdfast/core';
import { Inbox, PostgresInboxStore, postgresInboxMigrations } from '@holdfast/inbox-dedup';
import { Outbox, PostgresOutboxStore, postgresOutboxMigrations, Relay, type RelayOptions } from '@holdfast/outbox';
import { CommitUnknownError, Migrator, postgresLeaseMigrations, type TransactionRunner } from '@holdfast/sql';
import { KyselyTransactionRunner } from '@holdfast/sql/kysely';
import { PgDatabase, type PgPoolLike, PgTransactionRunner } from '@holdfast/sql/pg';
import { Kysely, PostgresDialect } from 'kysely';
import { z } from 'zod';
import type { WorldDefinition } from '../../src/campaign/run-world.ts';
import { check } from '../../src/checks/checks.ts';
import type { World } from '../../src/kernel/world.ts';
import { type PostgresServer, type RowsAtRest, SimulatedPostgres } from '../../src/postgres/index.ts';
import { type Held, TinyBroker } from './tiny-broker.ts';

const placed = defineEvent('order.placed', {
  versions: { 1: z.object({ order: z.string(), customer: z.string(), number: z.int() }) },
  key: ({ customer }) => customer,
});

export const STOCK = 100;

/** Orders of a few customers: what a shop writes, what was published, what the warehouse did. */
export interface OrderFacts {
  readonly accepted: Set<string>;
  readonly broker: TinyBroker;
  readonly orders: RowsAtRest<{ id: string; customer: string; number: number }>;
  readonly customers: RowsAtRest<{ id: string; orders: number }>;
  readonly effects: RowsAtRest<{ order_id: string; customer: string; number: number }>;
  readonly stock: RowsAtRest<{ left_over: number }>;
}

export type Driver = 'pg' | 'pg pipelined' | 'kysely';

export interface OrderWorldOptions {
  readonly server: PostgresServer;
  readonly driver: Driver;
  /** A planted bug in what the relay reads. */
  readonly lanesOf?: (store: PostgresOutboxStore) => RelayOptions['store']['lanes'];
}

export async function prepareOrders(pool: PgPoolLike): Promise<void> {
  const database = new PgDatabase(pool);
  const sets = [postgresLeaseMigrations, postgresOutboxMigrations, postgresInboxMigrations];
  await new Migrator({ database, sets }).up();
  await database.execute({
    text: 'create table customers (id text primary key, orders int not null, version int not null)',
    values: [],
  });
  for (const text of [
    'create table orders (id text primary key, customer text not null, number int not null)',
    'create table effects (position bigserial, order_id text, customer text, number int)',
    'create table stock (id text primary key, left_over int not null)',
    "insert into customers select 'c' || i, 0, 0 from generate_series(1, 2) i",
    `insert into stock values ('book', ${STOCK})`,
  ]) {
    await database.execute({ text, values: [] });
  }
}

const timeouts = { statementTimeoutMs: 2_500, connectTimeoutMs: 2_500 };

/** Runs transactions, with the one or the other driver; `Tx` is of no interest here. */
function runnerOf(postgres: SimulatedPostgres, driver: Driver): TransactionRunner<unknown> {
  const pool = postgres.pool({ max: 4, pipeline: driver === 'pg pipelined', query_timeout: 2_500 });
  pool.on('error', () => {});
  if (driver !== 'kysely') return new PgTransactionRunner(pool, timeouts) as TransactionRunner<unknown>;
  pool.on('connect', (client) => client.on('error', () => {}));
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: pool as never }) });
  return new KyselyTransactionRunner(db, { dialect: 'postgresql', ...timeouts }) as TransactionRunner<unknown>;
}

export function orderWorld(options: OrderWorldOptions): WorldDefinition<OrderFacts> {
  return {
    safetyMs: 20_000,
    world: async (world) => {
      const postgres = await SimulatedPostgres.open(world, 'orders', options.server);
      const broker = new TinyBroker(world);
      const facts: OrderFacts = {
        accepted: new Set(),
        broker,
        orders: postgres.rowsAtRest('select id, customer, number from orders'),
        customers: postgres.rowsAtRest('select id, orders from customers'),
        effects: postgres.rowsAtRest('select order_id, customer, number from effects order by position'),
        stock: postgres.rowsAtRest('select left_over from stock'),
      };
      // What was written is worked off when each order has taken effect.
      postgres.quietWhenNone('select 1 from orders where id not in (select order_id from effects) limit 1');
      const parts = { world, postgres, options, facts };
      addShops(parts);
      addRelays(parts);
      addWarehouses(parts);
      return facts;
    },
    check: [
      {
        name: 'F3.5: an order and its message exist together',
        check: ({ orders, broker }) => {
          const published = new Set(broker.published.map(({ id }) => id));
          const rows = new Set(orders.rows.map(({ id }) => id));
          return [
            ...[...rows].filter((id) => !published.has(id)).map((id) => `"${id}" has no message`),
            ...[...published].filter((id) => !rows.has(id)).map((id) => `the message "${id}" has no order`),
          ];
        },
      },
      {
        name: 'F3.6: no update of a customer is lost',
        check: ({ customers, orders }) =>
          customers.rows
            .filter(({ id, orders: count }) => orders.rows.filter(({ customer }) => customer === id).length !== count)
            .map(({ id, orders: count }) => `"${id}" counts ${count} orders`),
      },
      check.nothingLost({
        accepted: ({ accepted }) => accepted,
        applied: ({ effects }) => effects.rows.map(({ order_id }) => order_id),
      }),
      check.effectOnce({ effects: ({ effects }) => effects.rows.map(({ order_id }) => order_id) }),
      check.orderPerKey({
        effects: ({ effects }) => effects.rows.map(({ customer, number }) => ({ key: customer, sequence: number })),
      }),
      {
        name: 'F12.2: stock goes down once for each order',
        check: ({ stock, orders }) => {
          const left = stock.rows[0]?.left_over;
          return left === STOCK - orders.rows.length ? [] : [`${left} left after ${orders.rows.length} orders`];
        },
      },
    ],
  };
}

interface Parts {
  readonly world: World;
  readonly postgres: SimulatedPostgres;
  readonly options: OrderWorldOptions;
  readonly facts: OrderFacts;
}

function addShops({ world, postgres, options: { driver }, facts: { accepted } }: Parts): void {
  const shops = world.process(
    'shop',
    () => {
      const runner = runnerOf(postgres, driver);
      const store = new PostgresOutboxStore({
        database: databaseOf(postgres),
        deferToCommit: driver === 'pg pipelined',
      });
      const outbox = new Outbox({
        store,
        transactions: runner,
        source: '/shop',
        sequences: { 'order.placed': 'orders' },
      });
      const place = async (order: string, customer: string) => {
        try {
          await runner.transaction((tx) => placeOrder({ runner, outbox, tx, order, customer }));
        } catch (error) {
          if (error instanceof CommitUnknownError) world.see('a commit whose outcome is unknown');
          throw error;
        }
      };
      return { stop: async () => {}, api: { place } };
    },
    { replicas: 2 },
  );
  world.client(
    'customer',
    async ({ name, number }) => {
      for (let order = 1; order <= 2; order += 1) {
        const id = `${name}-${order}`;
        const customer = `c${(number % 2) + 1}`;
        for (let attempt = 0; !accepted.has(id); attempt += 1) {
          const shop = shops[(number + order + attempt) % shops.length];
          try {
            await shop?.call('place', (api) => api.place(id, customer));
            accepted.add(id);
          } catch {
            await world.clock.sleep(50 + 100 * attempt);
          }
        }
      }
    },
    { count: 3 },
  );
}

interface Placing {
  readonly runner: TransactionRunner<unknown>;
  readonly outbox: Outbox<unknown>;
  readonly tx: unknown;
  readonly order: string;
  readonly customer: string;
}

async function placeOrder({ runner, outbox, tx, order, customer }: Placing): Promise<void> {
  const db = runner.executor(tx);
  const known = await db.execute({ text: 'select id from orders where id = $1', values: [order] });
  // The caller asks again because it did not hear of the first time.
  if (known.rowCount > 0) return;
  const { rows } = await db.execute({
    text: 'select orders, version from customers where id = $1',
    values: [customer],
  });
  const [{ orders, version } = { orders: 0, version: 0 }] = rows as { orders: number; version: number }[];
  const updated = await db.execute({
    text: 'update customers set orders = $2, version = version + 1 where id = $1 and version = $3',
    values: [customer, orders + 1, version],
  });
  if (updated.rowCount === 0) throw new Error('somebody else changed the customer');
  const number = orders + 1;
  await db.execute({ text: 'insert into orders values ($1, $2, $3)', values: [order, customer, number] });
  await outbox.send(tx, { ...placed({ order, customer, number }), id: order });
}

function databaseOf(postgres: SimulatedPostgres): PgDatabase {
  const pool = postgres.pool({ max: 4 });
  pool.on('error', () => {});
  return new PgDatabase(pool, timeouts);
}

function addRelays({ world, postgres, options, facts: { broker } }: Parts): void {
  const { lanesOf = (store) => store.lanes } = options;
  world.process(
    'relay',
    () => {
      const store = new PostgresOutboxStore({ database: databaseOf(postgres) });
      const { name, parking, housekeeping, leases, wakeUp } = store;
      const relay = new Relay({
        store: { name, parking, housekeeping, leases, wakeUp, lanes: lanesOf(store) },
        publisher: broker.publisher(),
        leaseMs: 3_000,
        pollMinMs: 50,
        pollMaxMs: 800,
        probeMaxMs: 500,
        onEvent: ({ type }) => {
          if (type === 'lane-lost') world.see('a relay lost its lane');
        },
      });
      relay.start();
      return { stop: () => relay.stop() };
    },
    { replicas: 2 },
  );
}

function addWarehouses({ world, postgres, options: { driver }, facts: { broker } }: Parts): void {
  world.process(
    'warehouse',
    () => {
      const runner = runnerOf(postgres, driver);
      const inbox = new Inbox({
        consumer: 'warehouse',
        store: new PostgresInboxStore(),
        transactions: runner,
        events: new EventRegistry([placed]),
        gates: { orders: { mode: 'in-order' } },
      });
      const stopping = new AbortController();
      const running = consume({ world, broker, inbox, runner, signal: stopping.signal });
      return {
        stop: () => {
          stopping.abort();
          return running;
        },
      };
    },
    { replicas: 2 },
  );
}

interface Consuming {
  readonly world: World;
  readonly broker: TinyBroker;
  readonly inbox: Inbox<unknown>;
  readonly runner: TransactionRunner<unknown>;
  readonly signal: AbortSignal;
}

async function consume(consuming: Consuming): Promise<void> {
  const { world, broker, inbox, signal } = consuming;
  while (!signal.aborted) {
    const held = await broker.pull().catch(() => []);
    // One after another for each key: which of two that wait for a row that is being inserted gets it, PostgreSQL leaves open.
    const keys = Map.groupBy(held, ({ envelope }) => envelope.key);
    await Promise.all(
      [...keys.values()].map(async (ofKey) => {
        for (const one of ofKey) await handleOne(one, consuming);
      }),
    );
    if (held.length === 0) {
      await inbox.releaseReady().catch(() => {});
      await world.clock.sleep(500, signal);
    }
  }
}

async function handleOne(one: Held, { world, broker, inbox, runner }: Consuming): Promise<void> {
  try {
    const outcome = await inbox.handle(
      one.envelope,
      async (message, { tx }) => {
        const db = runner.executor(tx);
        const { order, customer, number } = message.data as { order: string; customer: string; number: number };
        await db.execute({ text: "update stock set left_over = left_over - 1 where id = 'book'", values: [] });
        await db.execute({
          text: 'insert into effects (order_id, customer, number) values ($1, $2, $3)',
          values: [order, customer, number],
        });
      },
      { attempt: one.deliveries },
    );
    world.see(`a message was ${outcome}`);
    await broker.ack(one);
  } catch (error) {
    // It is delivered again when its lease is over.
    if (!(error instanceof Error)) throw error;
  }
}
