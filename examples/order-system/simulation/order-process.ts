import { SqliteOutboxStore } from '@holdfast/outbox';
import type { SimulatedBroker, SimulatedProcess } from '@holdfast/testkit';
import type { SimulatedSqlite } from '@holdfast/testkit/sqlite';
import { QueueConsumer } from '../src/consumer/queue-consumer.ts';
import { CatalogueCheckout } from '../src/order/catalogue-checkout.ts';
import { OrderApi } from '../src/order/order-api.ts';
import type { OrderSagaTimes } from '../src/order/order-saga.ts';
import { OrderSagas } from '../src/order/order-sagas.ts';
import { OrderService } from '../src/order/order-service.ts';
import { ReviewDesk } from '../src/order/review-desk.ts';
import type { ProductPrice } from '../src/product/product-lookup.ts';
import { ProductServiceAwayError } from '../src/product/product-service-away-error.ts';
import { Operator } from '../src/run/operator.ts';
import { KILLED, serviceDatabase, WAIT_MS } from './service-process.ts';
import type { Situations } from './situations.ts';

/** How others reach a process of the order service. */
export interface OrderPort {
  post(key: string, body: string): Promise<HttpAnswer>;
  get(orderId: string): Promise<HttpAnswer>;
  /** Somebody looks after orders that could not be undone. */
  attend(): Promise<number>;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/** How others reach the product service. */
export interface ProductPort {
  find(productId: string): Promise<ProductPrice | null>;
}

export interface OrderProcessOptions {
  readonly database: SimulatedSqlite;
  readonly broker: SimulatedBroker;
  readonly products: SimulatedProcess<ProductPort>;
  readonly situations: Situations;
  /** Whoever looks after orders does it before. */
  readonly removeCause: () => void;
}

/** Short, so that a run does not take an hour, and long enough for healthy participants on the slowest network. */
export const SAGA_TIMES: OrderSagaTimes = {
  paymentMs: 5_000,
  stockMs: 5_000,
  deliveryMs: 5_000,
  undoMs: 4_000,
  undoAgainMs: 200,
};

const DESK_MS = { min: 500, max: 2_000 };

/** One process of the order service: it takes orders, carries them out by their sagas, fires timers, and has a review desk. */
export function startOrders({ database, broker, products, situations, removeCause }: OrderProcessOptions) {
  const outboxStore = new SqliteOutboxStore({ database: database.database() });
  const orderDatabase = { ...serviceDatabase(database), outboxStore, close: () => {} };
  const sagas = new OrderSagas(orderDatabase, { times: SAGA_TIMES, ...KILLED });
  const checkout = new CatalogueCheckout({
    find: (productId) =>
      products
        .call('find', (port) => port.find(productId))
        .catch((cause: unknown) => Promise.reject(new ProductServiceAwayError({ cause }))),
  });
  const api = new OrderApi(new OrderService(orderDatabase, { sagas, checkout }), orderDatabase);
  const { operations } = sagas;
  const desk = new ReviewDesk({ operations, checkout, onReviewed: () => {}, onError: () => {}, idleMs: DESK_MS });
  const operator = new Operator({ operations, removeCause, onEvent: () => {} });
  const bus = broker.connect();
  const queue = situations.watchedQueue(bus.reader(sagas.name));
  const consumer = new QueueConsumer({ service: sagas, queue, onError: () => {}, waitMs: WAIT_MS });
  sagas.start();
  desk.start();
  consumer.start();
  const requests = new Requests();
  const port: OrderPort = {
    post: (key, body) => {
      const headers = { 'content-type': 'application/json', 'idempotency-key': key };
      const request = new Request('http://orders/orders', { method: 'POST', headers, body });
      return requests.run(async () => answerOf(await api.fetch(request)));
    },
    get: (orderId) =>
      requests.run(async () => answerOf(await api.fetch(new Request(`http://orders/orders/${orderId}`)))),
    attend: () => requests.run(() => operator.attend()),
  };
  const stop = async () => {
    await requests.close();
    await api.close();
    await desk.stop();
    await consumer.stop();
    await sagas.stop();
    await bus.close();
  };
  return { api: port, stop };
}

async function answerOf(response: Response): Promise<HttpAnswer> {
  return { status: response.status, body: await response.text() };
}

/** As a server ends: it takes no request any more, and answers those that it has. */
class Requests {
  readonly #running = new Set<Promise<unknown>>();
  #isClosed = false;

  async run<Answer>(request: () => Promise<Answer>): Promise<Answer> {
    if (this.#isClosed) throw new Error('The server is about to end.');
    const running = request();
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#running);
  }
}
