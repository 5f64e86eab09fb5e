import { randomUUID } from 'node:crypto';
import {
  HttpIdempotency,
  type HttpIdempotencyEvent,
  type HttpIdempotencyOptions,
  type IdempotencyStore,
  type IdempotentContext,
  PostgresIdempotencyStore,
  postgresIdempotencyMigrations,
  SqliteIdempotencyStore,
  sqliteIdempotencyMigrations,
} from '@holdfast/inbox-dedup/http';
import { Migrator, type SqlRow, type TransactionRunner } from '@holdfast/sql';
import { BetterSqlite3TransactionRunner } from '@holdfast/sql/better-sqlite3';
import { PgTransactionRunner } from '@holdfast/sql/pg';
import { type PostgresTestVersion, postgresTestDatabase, sqliteTestDatabase } from '@holdfast/sql/testing';
import { onTestFinished } from 'vitest';
import { WatchedStore } from './watched-store.ts';

/** A service that takes orders over HTTP, in a database of its own. */
export class Shop<Tx> {
  readonly transactions: TransactionRunner<Tx>;
  readonly store: IdempotencyStore;
  readonly events: HttpIdempotencyEvent[] = [];
  /** How often the work ran. */
  works = 0;
  /** Awaited by the work, before it writes. */
  beforeOrder: () => Promise<void> = async () => {};

  constructor(transactions: TransactionRunner<Tx>, store: IdempotencyStore) {
    this.transactions = transactions;
    this.store = store;
  }

  /** Closed when the test has finished. */
  idempotency(options: Partial<HttpIdempotencyOptions<Tx>> = {}): HttpIdempotency<Tx> {
    const idempotency = new HttpIdempotency({
      store: this.store,
      transactions: this.transactions,
      scope: (request) => request.headers.get('authorization') ?? 'nobody in particular',
      onEvent: (event) => this.events.push(event),
      ...options,
    });
    onTestFinished(() => idempotency.close());
    return idempotency;
  }

  /** `POST /orders` as a Fetch handler. */
  endpoint(options: Partial<HttpIdempotencyOptions<Tx>> = {}): (request: Request) => Promise<Response> {
    const idempotency = this.idempotency(options);
    return (request) => idempotency.handle(request, this.placeOrder);
  }

  /** The work: one more order, and an answer that no other order has. */
  readonly placeOrder = async (request: Request, { tx }: Pick<IdempotentContext<Tx>, 'tx'>): Promise<Response> => {
    this.works += 1;
    await this.beforeOrder();
    const { item } = (await request.json()) as { readonly item: string };
    const id = randomUUID();
    await this.insert(tx, id, item);
    return Response.json({ id, item }, { status: 201, headers: { location: `/orders/${id}` } });
  };

  async insert(tx: Tx, id: string, item: string): Promise<void> {
    const [first, second] = this.transactions.dialect === 'sqlite' ? ['?1', '?2'] : ['$1', '$2'];
    const text = `insert into orders (id, item) values (${first}, ${second})`;
    await this.transactions.executor(tx).execute({ text, values: [id, item] });
  }

  async orders(): Promise<readonly string[]> {
    return (await this.rows('select id from orders')).map(({ id }) => String(id));
  }

  keys(): Promise<readonly SqlRow[]> {
    return this.rows('select * from holdfast_idempotency order by key');
  }

  async rows(text: string): Promise<readonly SqlRow[]> {
    return (await this.transactions.execute({ text, values: [] })).rows;
  }

  /** Makes leases and retentions end sooner. */
  async elapse(ms: number): Promise<void> {
    const span = this.transactions.dialect === 'sqlite' ? String(ms) : `interval '${ms} milliseconds'`;
    const columns = ['claimed_at', 'lease_until', 'expires_at'].map((column) => `${column} = ${column} - ${span}`);
    await this.transactions.execute({ text: `update holdfast_idempotency set ${columns.join()}`, values: [] });
  }
}

const createOrders = 'create table orders (id text primary key, item text not null)';

export async function sqliteShop() {
  const db = sqliteTestDatabase();
  onTestFinished(() => db.drop());
  await new Migrator({ database: db.database, names: db.names, sets: [sqliteIdempotencyMigrations] }).up();
  db.handle.exec(createOrders);
  const store = new WatchedStore(new SqliteIdempotencyStore());
  const shop = new Shop(new BetterSqlite3TransactionRunner(db.open()), store);
  return Object.assign(shop, { db, watched: store });
}

export async function postgresShop(version: PostgresTestVersion, options: { readonly pipeline?: boolean } = {}) {
  const db = await postgresTestDatabase(version, { pipeline: options.pipeline ?? true });
  onTestFinished(() => db.drop());
  await new Migrator({ database: db.database, names: db.names, sets: [postgresIdempotencyMigrations] }).up();
  await db.pool.query(createOrders);
  const shop = new Shop(new PgTransactionRunner(db.pool), new PostgresIdempotencyStore());
  return Object.assign(shop, { db });
}

export interface OrderOptions {
  readonly key?: string | null;
  readonly caller?: string;
  readonly body?: string | Uint8Array | ReadableStream | null;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** `POST /orders`, with the key `k` unless another one is given. */
export function order(options: OrderOptions = {}): Request {
  const { key = 'k', caller = 'alice', body = '{"item":"lamp"}', method = 'POST', headers, signal } = options;
  return new Request('http://shop.example/orders', {
    method,
    headers: {
      'content-type': 'application/json',
      authorization: caller,
      ...(key !== null && { 'idempotency-key': key }),
      ...headers,
    },
    body: method === 'GET' || method === 'HEAD' ? null : body,
    ...(signal && { signal }),
    ...(body instanceof ReadableStream && { duplex: 'half' }),
  } as RequestInit);
}
