import { HttpIdempotency, SqliteIdempotencyStore, sqliteIdempotencyMigrations } from '@holdfast/inbox-dedup/http';
import { Migrator } from '@holdfast/sql';
import { BetterSqlite3Database, BetterSqlite3TransactionRunner } from '@holdfast/sql/better-sqlite3';
import type { Database } from 'better-sqlite3';
import type { BenchContext, BenchRow } from '../harness/bench-row.ts';
import type { Line } from '../harness/line.ts';
import { Meter } from '../harness/meter.ts';
import { placed, type RequestedOrder } from './http-endpoint.ts';
import { httpRounds } from './http-rounds.ts';
import { SqliteInboxFile, type Synchronous } from './sqlite-inbox-file.ts';

const orderTable =
  'create table orders (id integer primary key, customer text not null, total_cents integer not null, ' +
  "status text not null default 'placed', placed_at integer not null default (cast(unixepoch('subsec') * 1000 as integer))) strict";

/** The same on SQLite, in WAL mode. */
export const httpSqlite: BenchRow = {
  name: 'http-sqlite',
  title: 'POST of an order over keep-alive connections, SQLite',
  run: async (context) => [...(await compare(context, 'full')), ...(await compare(context, 'normal'))],
};

async function compare(context: BenchContext, synchronous: Synchronous): Promise<readonly Line[]> {
  const file = await SqliteInboxFile.create(synchronous);
  try {
    file.db.exec(orderTable);
    await new Migrator({ database: new BetterSqlite3Database(file.db), sets: [sqliteIdempotencyMigrations] }).up();
    const place = placing(file.db);
    // A handle of its own: whatever runs on it while a work waits would be in its transaction.
    const handle = file.open();
    const placeWithin = placing(handle);
    const idempotency = new HttpIdempotency({
      store: new SqliteIdempotencyStore(),
      transactions: new BetterSqlite3TransactionRunner(handle),
      scope: () => 'customer-1',
    });
    const begun = file.db.transaction(place);
    const lines = await httpRounds({
      context,
      meter: () => new Meter(null),
      prefix: `synchronous = ${synchronous}, `,
      bare: async (request) => begun.immediate(await orderOf(request)),
      keyed: (request) => idempotency.handle(request, async (checked) => placeWithin(await orderOf(checked))),
    });
    await idempotency.close();
    return lines;
  } finally {
    file.drop();
  }
}

function placing(db: Database): (order: RequestedOrder) => Response {
  const insert = db.prepare('insert into orders (customer, total_cents) values (?, ?)');
  return ({ customerId, totalCents }) => placed(insert.run(customerId, totalCents).lastInsertRowid);
}

async function orderOf(request: Request): Promise<RequestedOrder> {
  return (await request.json()) as RequestedOrder;
}
