import { randomUUID } from 'node:crypto';
import { Outbox, type PostgresOutboxStore } from '@holdfast/outbox';
import { PgTransactions, PgTransactTransactions, transact } from '@holdfast/sql/pg';
import type pg from 'pg';
import { orderMessage } from './order-message.ts';

/** One way to run a business transaction: begin, an order, perhaps a message, commit. `number` is unique in a round. */
export interface BusinessTransaction {
  readonly name: string;
  /** Whether its pool's clients are to be pipelined. */
  readonly pipeline: boolean;
  run(pool: pg.Pool, number: number): Promise<void>;
}

export const businessTables = [
  'create table orders (id bigint generated always as identity primary key, customer text not null, ' +
    'total_cents bigint not null, status text not null, placed_at timestamptz not null default now())',
  'create table hand_written (position bigint generated always as identity primary key, id text not null, type text not null, ' +
    'key text, headers text not null, body text not null, created_at timestamptz not null default now())',
];

const orderText = 'insert into orders (customer, total_cents, status) values ($1, $2, $3)';

export function order(number: number) {
  return {
    name: 'order',
    text: orderText,
    values: [`customer-${number % 9_973}`, 10_000 + (number % 90_000), 'placed'],
  };
}

/** What a careful team writes by hand: prepared, text, an index that it cannot do without. */
export function handWritten(number: number) {
  return {
    name: 'hand_written',
    text: 'insert into hand_written (id, type, key, headers, body) values ($1, $2, $3, $4, $5)',
    values: handWrittenRow(number),
  };
}

function handWrittenRow(number: number): string[] {
  const { type, data } = orderMessage(number);
  return [randomUUID(), type, keyOf(number), headersNow(), JSON.stringify(data)];
}

function headersNow(): string {
  return JSON.stringify({ time: new Date().toISOString(), datacontenttype: 'application/json' });
}

/** The best form for many: one prepared statement with arrays. */
function handWrittenMany(number: number, count: number) {
  const rows = Array.from({ length: count }, (_, index) => handWrittenRow(number + index));
  return {
    name: 'hand_written_many',
    text:
      'insert into hand_written (id, type, key, headers, body) ' +
      'select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])',
    values: [0, 1, 2, 3, 4].map((column) => rows.map((row) => row[column])),
  };
}

/** Many keys, as orders have: two transactions rarely meet at one. */
export function keyOf(number: number): string {
  return `order-${number}`;
}

interface Statement {
  readonly name: string;
  readonly text: string;
  readonly values: unknown[];
}

/** Waits for each answer. */
export function awaited(name: string, work: (client: pg.PoolClient, number: number) => Promise<unknown>) {
  return {
    name,
    pipeline: false,
    run: async (pool: pg.Pool, number: number) => {
      const client = await pool.connect();
      try {
        await client.query('begin');
        await client.query(order(number));
        await work(client, number);
        await client.query('commit');
      } finally {
        client.release();
      }
    },
  };
}

/** Two round trips: begin with the order, whose answer business code wants to see, and the rest with commit. */
function pipelined(name: string, last: (number: number) => Statement | null): BusinessTransaction {
  return {
    name,
    pipeline: true,
    run: async (pool, number) => {
      const client = await pool.connect();
      try {
        await Promise.all([client.query('begin'), client.query(order(number))]);
        const statement = last(number);
        const sent = statement === null ? [] : [client.query(statement)];
        await Promise.all([...sent, client.query('commit')]);
      } finally {
        client.release();
      }
    },
  };
}

export const orderAlone = awaited('order alone', async () => {});
export const secondInsert = awaited('order + hand-written insert', (client, number) =>
  client.query(handWritten(number)),
);
export const manyByHand = awaited('order + 100 rows by hand-written unnest', (client, number) =>
  client.query(handWrittenMany(number, 100)),
);
export const orderAlonePipelined = pipelined('order alone, pipelined', () => null);
export const secondInsertPipelined = pipelined('order + hand-written insert, pipelined', handWritten);
export const manyByHandPipelined = pipelined('order + 100 rows by hand-written unnest, pipelined', (number) =>
  handWrittenMany(number, 100),
);

/** Messages of one transaction; `keyed` gives every transaction a key of its own. */
export interface SendOptions {
  readonly name: string;
  readonly messages?: number;
  readonly keyed?: boolean;
}

function messagesOf(number: number, { messages = 1, keyed = false }: SendOptions) {
  return Array.from({ length: messages }, (_, index) =>
    orderMessage(number + index, keyed ? keyOf(number + index) : undefined),
  );
}

/** `send` on a `pg` client, every answer waited for. */
export function sendAwaited(store: PostgresOutboxStore, options: SendOptions): BusinessTransaction {
  const outbox = new Outbox({ store, source: '/orders', transactions: new PgTransactions() });
  return awaited(options.name, (client, number) => outbox.send(client, messagesOf(number, options)));
}

/** `send` in `transact()`, with `pipeline: true` on the pool. */
export function sendPipelined(store: PostgresOutboxStore, options: SendOptions): BusinessTransaction {
  const outbox = new Outbox({ store, source: '/orders', transactions: new PgTransactTransactions() });
  return {
    name: options.name,
    pipeline: true,
    run: (pool, number) =>
      transact(pool, async (tx) => {
        await tx.execute(order(number));
        await outbox.send(tx, messagesOf(number, options));
      }),
  };
}
