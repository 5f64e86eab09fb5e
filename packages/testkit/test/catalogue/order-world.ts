import { defineEvent, UuidV7Ids } from '@holdfast/core';
import {
  HttpIdempotency,
  type IdempotentWork,
  SqliteIdempotencyStore,
  sqliteIdempotencyMigrations,
} from '@holdfast/inbox-dedup/http';
import { Outbox, SqliteOutboxStore, sqliteOutboxMigrations } from '@holdfast/outbox';
import { CommitUnknownError, type TransactionRunner } from '@holdfast/sql';
import { z } from 'zod';
import type { World } from '../../src/kernel/world.ts';
import { type ServerTransaction, SqlServer } from '../mutants/worlds/sql-server.ts';
import { untilDone } from './until-done.ts';

const placed = defineEvent('order.placed', { versions: { 1: z.object({ orderId: z.string() }) } });
const SCHEMA = `
  create table purchase_order (order_id text primary key, customer text not null) strict;
  create table account (customer text primary key, orders integer not null, version integer not null) strict;
  insert into account values ('ann', 0, 1), ('bob', 0, 1);
`;
const CUSTOMERS = ['ann', 'bob'];

export interface OrderFacts {
  readonly server: SqlServer;
  /** The order that each press of a button was answered with, by its key. */
  readonly told: ReadonlyMap<string, readonly string[]>;
  readonly keys: readonly string[];
}

/** Customers who press twice, at two processes of an order service, over a database server behind a network. */
export async function orderWorld(world: World, { clients = 4 } = {}): Promise<OrderFacts> {
  const server = await SqlServer.open(world, {
    name: 'orders',
    sets: [sqliteOutboxMigrations, sqliteIdempotencyMigrations],
    schema: SCHEMA,
  });
  const services = world.process('service', () => service(world, server), { replicas: 2 });
  const told = new Map<string, string[]>();
  const keys = Array.from({ length: clients }, (_, index) => `key-${index + 1}`);
  for (const [index, key] of keys.entries()) {
    const customer = CUSTOMERS[index % CUSTOMERS.length] ?? '';
    for (const [press, process] of services.entries()) {
      world.client(`client-${index + 1}-${press + 1}`, async () => {
        await world.clock.sleep(world.random.next() * 300);
        await untilDone(world.clock, async () => {
          const orderId = await process.call('place', (api) => api.place(key, customer));
          told.set(key, [...(told.get(key) ?? []), orderId]);
        });
      });
    }
  }
  world.quietWhen(() => true);
  return { server, told, keys };
}

function service(world: World, server: SqlServer) {
  const transactions = watched(world, server);
  const outbox = new Outbox({
    store: new SqliteOutboxStore({ database: server.database() }),
    transactions,
    source: '/orders',
    ids: new UuidV7Ids(),
  });
  const idempotency = new HttpIdempotency({
    store: new SqliteIdempotencyStore(),
    transactions,
    outbox,
    scope: () => 'shop',
    leaseMs: 2_000,
  });
  const place = async (key: string, customer: string): Promise<string> => {
    // Read before the transaction, as code does that shows something first: others may have written meanwhile.
    const text = 'select orders, version from account where customer = ?1';
    const { rows } = await transactions.execute({ text, values: [customer] });
    const seen = { customer, orders: Number(rows[0]?.['orders']), version: Number(rows[0]?.['version']) };
    const request = new Request('http://shop/orders', {
      method: 'POST',
      headers: { 'idempotency-key': `"${key}"`, 'content-type': 'application/json' },
      body: JSON.stringify({ customer }),
    });
    const response = await idempotency.handle(request, orderOf(world, seen));
    if (response.status !== 201) throw new Error(`The answer was ${response.status}.`);
    return response.text();
  };
  return { api: { place }, stop: () => idempotency.close() };
}

interface SeenAccount {
  readonly customer: string;
  readonly orders: number;
  readonly version: number;
}

function orderOf(world: World, { customer, orders, version }: SeenAccount): IdempotentWork<ServerTransaction> {
  return async (_, { tx, send }) => {
    const orderId = world.ids.next();
    await tx.execute({ text: 'insert into purchase_order values (?1, ?2)', values: [orderId, customer] });
    const text = `update account set orders = ?1, version = version + 1 where customer = ?2 and version = ?3 returning 1`;
    const { rows } = await tx.execute({ text, values: [orders + 1, customer, version] });
    if (rows.length === 0) {
      world.see('somebody else was faster: a conflict');
      return new Response('', { status: 503 });
    }
    await send(placed({ orderId }));
    return new Response(orderId, { status: 201 });
  };
}

/** Sees what becomes of commits that nobody knows the outcome of. */
function watched(world: World, server: SqlServer): TransactionRunner<ServerTransaction> {
  const runner = server.runner();
  return {
    dialect: runner.dialect,
    execute: (statement) => runner.execute(statement),
    executor: (tx) => runner.executor(tx),
    transaction: async (work) => {
      try {
        return await runner.transaction(work);
      } catch (error) {
        if (error instanceof CommitUnknownError) world.see('the outcome of a commit was unknown');
        throw error;
      }
    },
  };
}
