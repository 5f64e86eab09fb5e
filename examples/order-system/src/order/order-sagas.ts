import { EventRegistry, type Message, type OutgoingMessage } from '@holdfast/core';
import { type BulkWork, Inbox, SqliteInboxStore } from '@holdfast/inbox-dedup';
import { SagaOperations, SagaRuntime, SagaWorker, SqliteSagaStore } from '@holdfast/saga';
import { AppliedLog } from '../consumer/applied-log.ts';
import type { ConsumingService, ConsumingServiceOptions } from '../consumer/consuming-service.ts';
import { orderCreated } from '../contracts/order-created.ts';
import { LoggedOutbox } from '../outbox/logged-outbox.ts';
import type { SqliteHandle } from '../sqlite/open-database.ts';
import type { OrderDatabase } from './order-database.ts';
import { type OrderSagaTimes, orderSaga } from './order-saga.ts';
import { OrderSagaStore } from './order-saga-store.ts';

const SOURCE = '/orders';

export interface OrderSagasOptions extends ConsumingServiceOptions {
  /** How long answers are waited for. */
  readonly times: OrderSagaTimes;
}

/** Carries orders out: runs their sagas by what the others answer, in one transaction with the inbox's record and what is sent. */
export class OrderSagas implements ConsumingService {
  readonly name = 'order';
  readonly types: readonly string[];
  readonly inbox: Inbox<SqliteHandle>;
  /** What a person does about an order that needs one. */
  readonly operations: SagaOperations<SqliteHandle>;
  readonly #runtime: SagaRuntime<SqliteHandle>;
  readonly #worker: SagaWorker<SqliteHandle>;
  readonly #outbox: LoggedOutbox;
  readonly #log: AppliedLog;

  constructor(database: OrderDatabase, { times, maxUnfinished = 3 }: OrderSagasOptions) {
    const { handle, transactions, outboxStore } = database;
    const definition = orderSaga(times);
    const answers = new EventRegistry([...definition.events.values()].filter((event) => event !== orderCreated));
    this.types = answers.types;
    this.#log = new AppliedLog(handle);
    this.#outbox = new LoggedOutbox(database, { store: outboxStore, source: SOURCE });
    this.#runtime = new SagaRuntime({
      definitions: [definition],
      store: new OrderSagaStore(new SqliteSagaStore()),
      transactions,
      outbox: this.#outbox,
    });
    this.#worker = new SagaWorker({ runtime: this.#runtime });
    this.operations = new SagaOperations({ runtime: this.#runtime });
    this.inbox = new Inbox({
      consumer: this.name,
      store: new SqliteInboxStore(),
      transactions,
      events: answers,
      maxUnfinished,
    });
  }

  /** Lets timers run out. */
  start(): void {
    this.#worker.start();
  }

  /** Lets those run out that are due, once; for jobs and tests. */
  async fireTimers(): Promise<void> {
    await this.#worker.runOnce();
  }

  readonly work: BulkWork<SqliteHandle> = {
    applyAll: async (messages, { tx }) => {
      for (const message of messages) this.#log.add(message);
      await this.#runtime.apply(tx, messages);
    },
  };

  /** Begins the sagas of orders that are stored in this transaction, and tells everybody of the orders. */
  async begin(tx: SqliteHandle, created: readonly OutgoingMessage[]): Promise<void> {
    await this.#outbox.enqueue(tx, created);
    await this.#runtime.apply(tx, created.map(asReceived));
  }

  /** To be called when nothing is handled any more. */
  async stop(): Promise<void> {
    await this.#worker.stop();
  }

  /** The database belongs to the caller. */
  close(): void {}
}

/** As a receiver would have it: the saga begins with the event itself, and does not wait for it to come back. */
function asReceived({ id = '', type, key, data, correlationId = id }: OutgoingMessage): Message {
  const attributes = Object.assign(Object.create(null) as Record<string, string>, { correlationid: correlationId });
  return { id, source: SOURCE, type, key: key ?? null, time: Date.now(), data, attributes };
}
