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
    const insert = file.db.prepare('insert into orders (customer, total_cents) values (?, ?)');
    const place = file.db.transaction(({ customerId, totalCents }: RequestedOrder) =>
      placed(insert.run(customerId, totalCents).lastInsertRowid),
    );
    return await httpRounds({
      context,
      meter: () => new Meter(null),
      prefix: `synchronous = ${synchronous}, `,
      bare: async (request) => place.immediate((await request.json()) as RequestedOrder),
    });
  } finally {
    file.drop();
  }
}
