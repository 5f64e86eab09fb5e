import { HttpIdempotency, PostgresIdempotencyStore, postgresIdempotencyMigrations } from '@holdfast/inbox-dedup/http';
import { Migrator } from '@holdfast/sql';
import { PgDatabase, type PgTransaction, PgTransactionRunner } from '@holdfast/sql/pg';
import type { BenchRow } from '../harness/bench-row.ts';
import { placed, type RequestedOrder } from './http-endpoint.ts';
import { httpRounds } from './http-rounds.ts';
import { InboxDatabase } from './inbox-database.ts';

/** As many as a pool has when nobody says otherwise. */
const CONNECTIONS = 10;

const orderTable =
  'create table orders (id bigint generated always as identity primary key, customer text not null, ' +
  "total_cents bigint not null, status text not null default 'placed', placed_at timestamptz not null default now())";

async function place(tx: PgTransaction, { customerId, totalCents }: RequestedOrder): Promise<Response> {
  const { rows } = await tx.execute({
    name: 'order',
    text: 'insert into orders (customer, total_cents) values ($1, $2) returning id',
    values: [customerId, totalCents],
  });
  return placed(String(rows[0]?.['id']));
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
    await new Migrator({ database: new PgDatabase(pool), sets: [postgresIdempotencyMigrations] }).up();
    const transactions = new PgTransactionRunner(pool);
    const store = new PostgresIdempotencyStore();
    const idempotency = new HttpIdempotency({ store, transactions, scope: () => 'customer-1' });
    try {
      return await httpRounds({
        context,
        meter: () => database.meter(),
        prefix: '',
        bare: async (request) => {
          const order = (await request.json()) as RequestedOrder;
          return transactions.transaction((tx) => place(tx, order));
        },
        keyed: (request) =>
          idempotency.handle(request, async (checked, { tx }) => place(tx, (await checked.json()) as RequestedOrder)),
      });
    } finally {
      await idempotency.close();
      await database.drop();
    }
  },
};
