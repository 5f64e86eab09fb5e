import { transact } from '@holdfast/sql/pg';
import type { BenchRow } from '../harness/bench-row.ts';
import { placed, type RequestedOrder } from './http-endpoint.ts';
import { httpRounds } from './http-rounds.ts';
import { InboxDatabase } from './inbox-database.ts';

/** As many as a pool has when nobody says otherwise. */
const CONNECTIONS = 10;

const orderTable =
  'create table orders (id bigint generated always as identity primary key, customer text not null, ' +
  "total_cents bigint not null, status text not null default 'placed', placed_at timestamptz not null default now())";

export function insertOrder({ customerId, totalCents }: RequestedOrder) {
  return {
    name: 'order',
    text: 'insert into orders (customer, total_cents) values ($1, $2) returning id',
    values: [customerId, totalCents],
  };
}

/** What an idempotency key costs an endpoint. */
export const httpPostgres: BenchRow = {
  name: 'http-postgres',
  title: 'POST of an order over keep-alive connections, PostgreSQL',
  server: 'PostgreSQL',
  run: async (context) => {
    const database = await InboxDatabase.create(context);
    await database.run(orderTable);
    const pool = database.pool({ max: CONNECTIONS, pipeline: true });
    try {
      return await httpRounds({
        context,
        meter: () => database.meter(),
        prefix: '',
        bare: async (request) => {
          const order = (await request.json()) as RequestedOrder;
          return transact(pool, async (tx) => {
            const { rows } = await tx.execute(insertOrder(order));
            return placed(String(rows[0]?.['id']));
          });
        },
      });
    } finally {
      await database.drop();
    }
  },
};
