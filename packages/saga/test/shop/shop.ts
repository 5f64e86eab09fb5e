import { SeededRandom } from '@holdfast/core/testing';
import { Inbox } from '@holdfast/inbox-dedup';
import { Relay } from '@holdfast/outbox';
import { type AnySagaDefinition, type SagaEvent, SagaOperations, SagaRuntime, SagaWorker } from '@holdfast/saga';
import type { TransactionRunner } from '@holdfast/sql';
import type { Transport } from '@holdfast/transports/memory';
import * as events from './events.ts';
import { orderSaga } from './order-saga.ts';
import { type ConductOf, Participants, shopAudit } from './participants.ts';
import { QueueService } from './queue-service.ts';
import { ScramblingPublisher } from './scrambling-publisher.ts';
import type { ShopDatabase } from './shop-database.ts';
import { COMMAND_QUEUES, NOTICES } from './shop-queues.ts';

export interface ShopOptions {
  readonly database: ShopDatabase;
  readonly transport: Transport;
  readonly mode: 'one by one' | 'batch';
  /** What participants do. @default they succeed */
  readonly conductOf?: ConductOf;
  readonly definition?: AnySagaDefinition;
  /** Every message is published this often, in random order. @default once, in order */
  readonly copies?: number;
  /** Of queues. @default none */
  readonly prefix?: string;
  /** How long a queue is waited for, in milliseconds. @default 0 */
  readonly waitMs?: number;
}

const DEADLINE_MS = 60_000;

/** The order service with its saga, and the services that it asks: inboxes, outbox, relay and queues are real, the database is one for all. */
export class Shop {
  readonly events: SagaEvent[] = [];
  readonly failures: unknown[] = [];
  readonly operations: SagaOperations<unknown>;
  readonly runtime: SagaRuntime<unknown>;
  readonly inbox: Inbox<unknown>;
  readonly #options: ShopOptions;
  readonly #transactions: TransactionRunner<unknown>;
  readonly #relay: Relay;
  readonly #worker: SagaWorker<unknown>;
  readonly #participants: Participants<unknown>;
  readonly #services: QueueService<unknown>[] = [];

  constructor(options: ShopOptions) {
    const { database, transport, conductOf = () => 'succeed', copies = 1 } = options;
    this.#options = options;
    this.#transactions = database.transactions as TransactionRunner<unknown>;
    this.runtime = this.runtimeOn(this.#transactions);
    this.inbox = this.inboxOn(this.#transactions);
    this.operations = new SagaOperations({ runtime: this.runtime });
    this.#worker = new SagaWorker({ runtime: this.runtime });
    this.#participants = new Participants({ transactions: this.#transactions, conductOf });
    const publisher =
      copies === 1 ? transport : new ScramblingPublisher(transport, { copies, chance: new SeededRandom(7) });
    this.#relay = new Relay({ store: database.outboxStore, publisher });
  }

  /** The saga's runtime as another process would have it. */
  runtimeOn(transactions: TransactionRunner<unknown>): SagaRuntime<unknown> {
    const { database, definition = orderSaga } = this.#options;
    return new SagaRuntime<unknown>({
      definitions: [definition],
      store: database.sagaStore,
      transactions,
      outbox: database.outbox as never,
      onEvent: (event) => this.events.push(event),
    });
  }

  inboxOn(
    transactions: TransactionRunner<unknown>,
    consumer = 'order',
    registry = this.runtime.events,
  ): Inbox<unknown> {
    const { database } = this.#options;
    const outbox = database.outbox as never;
    return new Inbox<unknown>({ consumer, store: database.inboxStore, transactions, events: registry, outbox });
  }

  async open(): Promise<this> {
    const { transport, prefix = '', mode, database } = this.#options;
    await database.outbox.declareDestinations([{ name: 'default' }]);
    const { work, bulk } = this.runtime;
    const onFailed = (error: unknown) => void this.failures.push(error);
    const isBatch = mode === 'batch';
    await transport.declare({ queue: `${prefix}order`, types: this.runtime.events.types });
    const reader = transport.reader(`${prefix}order`);
    this.#services.push(new QueueService({ reader, inbox: this.inbox, work, onFailed, ...(isBatch && { bulk }) }));
    for (const [name, registry] of Object.entries({ ...COMMAND_QUEUES, notices: NOTICES })) {
      await transport.declare({ queue: prefix + name, types: registry.types });
      const inbox = this.inboxOn(this.#transactions, name, registry);
      const work = name === 'notices' ? async () => {} : this.#participants.work;
      const reader = transport.reader(prefix + name);
      this.#services.push(new QueueService({ reader, inbox, work, onFailed, ...(isBatch && { bulk: work }) }));
    }
    return this;
  }

  /** Customers order. */
  async place(...orderIds: readonly string[]): Promise<void> {
    const orders = orderIds.map((orderId) =>
      events.orderPlaced({ orderId, customer: 'ada@example.org', amount: 500, sku: 'tea', quantity: 2 }),
    );
    const { outbox } = this.#options.database;
    await this.#transactions.transaction((tx) => outbox.send(tx as never, orders));
  }

  async answerLate(): Promise<number> {
    const { outbox } = this.#options.database;
    return this.#transactions.transaction((tx) =>
      this.#participants.answerLate(tx, (messages) => outbox.send(tx as never, messages)),
    );
  }

  async state(key: string): Promise<string | null> {
    const { database } = this.#options;
    return (await database.sagaStore.queries.find(this.#transactions, { saga: 'order', key }))?.state ?? null;
  }

  /** The states that an instance has been in, and by what it came there. */
  async path(key: string): Promise<readonly string[]> {
    const { history } = await this.operations.show({ saga: 'order', key });
    return history.map(({ name, to }) => `${name} → ${to}`);
  }

  /** Makes all services work until it holds. */
  async until(holds: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + DEADLINE_MS;
    for (;;) {
      await this.#relay.runOnce();
      await this.#handleAll();
      await this.#worker.runOnce();
      if (await holds()) return;
      if (performance.now() > deadline) {
        const states = await this.query('select key, state from holdfast_saga');
        throw new Error(`it did not come to hold: ${JSON.stringify({ states, failures: this.failures.map(String) })}`);
      }
    }
  }

  /** Until an instance is in the state, and nothing is under way that could move it. */
  async untilState(key: string, state: string): Promise<void> {
    await this.until(async () => (await this.state(key)) === state);
    await this.settle();
  }

  /** Makes all services work until nothing is left to do but to wait. */
  async settle(): Promise<void> {
    let quiet = 0;
    await this.until(async () => {
      const handled = await this.#handleAll();
      const { lanes } = await this.#options.database.outbox.stats();
      const pending = lanes.reduce((sum, lane) => sum + lane.pending, 0);
      quiet = handled + pending === 0 ? quiet + 1 : 0;
      return quiet >= 2;
    });
  }

  /** What is there for each service, side by side. Returns how many messages that were. */
  async #handleAll(): Promise<number> {
    const { waitMs = 0 } = this.#options;
    const handled = await Promise.all(this.#services.map((service) => service.handle(50, waitMs)));
    return handled.reduce((sum, count) => sum + count, 0);
  }

  audit(): Promise<readonly string[]> {
    return shopAudit((text) => this.query(text));
  }

  query(text: string): Promise<readonly Record<string, unknown>[]> {
    return this.#options.database.query(text);
  }

  async close(): Promise<void> {
    await this.#worker.stop();
    await this.#relay.stop();
    await this.#options.transport.close();
    await this.#options.database.close();
  }
}
