// An order service, to be stopped or killed while it holds a key. What it does is told to its parent.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  HttpIdempotency,
  type IdempotencyStore,
  PostgresIdempotencyStore,
  SqliteIdempotencyStore,
} from '@holdfast/inbox-dedup/http';
import type { TransactionRunner } from '@holdfast/sql';
import { BetterSqlite3TransactionRunner } from '@holdfast/sql/better-sqlite3';
import { PgTransactionRunner } from '@holdfast/sql/pg';
import { getRequestListener } from '@hono/node-server';
import Database from 'better-sqlite3';
import pg from 'pg';

const [kind = '', place = '', leaseMs = '', hang = ''] = process.argv.slice(2);

const go = new Promise<void>((resolve) => process.once('message', () => resolve()));

async function hangAt(point: string): Promise<void> {
  if (point !== hang) return;
  process.send?.(point);
  await go;
}

function serve<Tx>(transactions: TransactionRunner<Tx>, store: IdempotencyStore): void {
  const idempotency = new HttpIdempotency({ store, transactions, scope: () => 'alice', leaseMs: Number(leaseMs) });
  const insert = kind === 'postgres' ? 'insert into orders values ($1, $2)' : 'insert into orders values (?1, ?2)';
  const handle = async (request: Request): Promise<Response> => {
    const response = await idempotency.handle(request, async (received, { tx }) => {
      const { item } = (await received.json()) as { readonly item: string };
      const id = `${process.pid} ${process.hrtime.bigint()}`;
      await transactions.executor(tx).execute({ text: insert, values: [id, item] });
      await hangAt('in-work');
      return Response.json({ id, item }, { status: 201 });
    });
    await hangAt('before-answer');
    return response;
  };
  const server = createServer(getRequestListener(handle));
  server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
}

if (kind === 'postgres') {
  const pool = new pg.Pool({ connectionString: place, max: 5, pipeline: true });
  serve(new PgTransactionRunner(pool), new PostgresIdempotencyStore());
} else {
  const handle = new Database(place, { timeout: 5_000 });
  handle.pragma('journal_mode = WAL');
  handle.pragma('synchronous = FULL');
  serve(new BetterSqlite3TransactionRunner(handle), new SqliteIdempotencyStore());
}
