import { failureClassOf } from '@holdfast/core';
import { HttpIdempotency, SqliteIdempotencyStore } from '@holdfast/inbox-dedup/http';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { SqliteHandle } from '../sqlite/open-database.ts';
import { acceptedOrder, type Order } from './order.ts';
import type { OrderDatabase } from './order-database.ts';
import { OrderRefusedError } from './order-refused-error.ts';
import { parseOrderRequest } from './order-request.ts';
import type { OrderService } from './order-service.ts';

/** 500 items need less. */
export const MAX_BODY_BYTES = 256 * 1_024;

/**
 * `POST /orders` with an `Idempotency-Key`, and `GET /orders/ID`. An order is stored together with the answer to its request,
 * so a request that comes again gets that answer and makes no second order (F1.1 to F1.4).
 */
export class OrderApi {
  readonly #orders: OrderService;
  readonly #idempotency: HttpIdempotency<SqliteHandle>;
  readonly #app = new Hono();

  constructor(orders: OrderService, { transactions }: Pick<OrderDatabase, 'transactions'>) {
    this.#orders = orders;
    this.#idempotency = new HttpIdempotency({
      store: new SqliteIdempotencyStore(),
      transactions,
      // There are no accounts here: whoever reaches this machine's loopback interface is the same caller.
      scope: () => 'anybody on this machine',
      leaseMs: 2_000,
      storedHeaders: ['content-type', 'location'],
    });
    const onError = () => problem(413, `The body has more than ${MAX_BODY_BYTES} bytes.`);
    this.#app.use(bodyLimit({ maxSize: MAX_BODY_BYTES, onError }));
    this.#app.post('/orders', (context) => this.#create(context));
    this.#app.get('/orders/:id', (context) => this.#show(context.req.param('id')));
    this.#app.notFound(() => problem(404, 'There is nothing here. Try POST /orders, or GET /orders/ID.'));
    this.#app.onError((error) => failed(error));
  }

  readonly fetch = (request: Request): Response | Promise<Response> => this.#app.fetch(request);

  /** Resolves when no request is being answered any more. */
  close(): Promise<void> {
    return this.#idempotency.close();
  }

  async #create({ req }: Context): Promise<Response> {
    if (!/^application\/json\s*(;|$)/i.test(req.header('content-type') ?? '')) {
      return problem(415, 'Send the order as application/json.');
    }
    // What can be no order is told so before anything is written, and its key stays free for the corrected one.
    const text = await req.text();
    const input = parseOrderRequest(text);
    if (typeof input === 'string') return problem(400, input);
    const order = accepted(input);
    return order instanceof OrderRefusedError ? problem(422, order.message) : this.#createOnce(req.raw, text, order);
  }

  async #createOnce({ url, headers }: Request, body: string, order: Order): Promise<Response> {
    // Asked before the transaction: it would hold the write lock while it waits for another service.
    const requiresManualReview = await this.#orders.requiresManualReview(order);
    const response = await this.#idempotency.handle(
      new Request(url, { method: 'POST', headers, body }),
      async (_, { tx, idempotencyKey }) => {
        const view = await this.#orders.placeIn(tx, { order, idempotencyKey, requiresManualReview });
        return Response.json(view, { status: 201, headers: { location: `/orders/${view.orderId}` } });
      },
    );
    if (response.status === 201 && !response.headers.has('idempotency-replayed')) this.#orders.committed();
    return response;
  }

  async #show(orderId: string): Promise<Response> {
    const view = await this.#orders.find(orderId);
    return view === null ? problem(404, 'There is no such order.') : Response.json(view);
  }
}

function accepted(input: Parameters<typeof acceptedOrder>[0]): Order | OrderRefusedError {
  try {
    return acceptedOrder(input);
  } catch (error) {
    if (error instanceof OrderRefusedError) return error;
    throw error;
  }
}

/** What went wrong inside is not for everybody. */
function failed(error: unknown): Response {
  return failureClassOf(error) === 'permanent'
    ? problem(500, 'The order service failed.')
    : problem(503, 'The order service cannot answer now. Send the same request with the same key again.', {
        'retry-after': '1',
      });
}

function problem(status: number, detail: string, headers: Readonly<Record<string, string>> = {}): Response {
  return Response.json(
    { status, detail },
    { status, headers: { ...headers, 'content-type': 'application/problem+json' } },
  );
}
