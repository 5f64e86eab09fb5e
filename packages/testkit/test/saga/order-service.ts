import type { Envelope } from '@holdfast/core';
import { Inbox, SqliteInboxStore, sqliteInboxMigrations } from '@holdfast/inbox-dedup';
import { Outbox, SqliteOutboxStore, sqliteOutboxMigrations } from '@holdfast/outbox';
import { SagaOperations, SagaRuntime, SagaWorker, SqliteSagaStore, sqliteSagaMigrations } from '@holdfast/saga';
import { Migrator, SqliteLeaseStore, sqliteLeaseMigrations } from '@holdfast/sql';
import { BetterSqlite3Database } from '@holdfast/sql/better-sqlite3';
import { type SimulatedSqlite, type SqliteHandle, SqliteTemplate } from '@holdfast/testkit/sqlite';
import { orderPlaced } from '../../../saga/test/shop/events.ts';
import { defineOrderSaga } from '../../../saga/test/shop/order-saga.ts';
import type { World } from '../../src/kernel/world.ts';

/** How long an answer is waited for. */
export const ANSWER_MS = 800;

export const orderSaga = defineOrderSaga({ answerMs: ANSWER_MS, retryMs: 200 });

export const ordersTemplate = new SqliteTemplate(async (handle) => {
  handle.exec('create table placed (order_id text primary key) strict;');
  const sets = [sqliteLeaseMigrations, sqliteInboxMigrations, sqliteOutboxMigrations, sqliteSagaMigrations];
  await new Migrator({ database: new BetterSqlite3Database(handle), sets }).up();
});

/** One process of an order service with its saga. */
export class OrderService {
  readonly #world: World;
  readonly #transactions: ReturnType<SimulatedSqlite['runner']>;
  readonly #outbox: Outbox<SqliteHandle>;
  readonly #runtime: SagaRuntime<SqliteHandle>;
  readonly #worker: SagaWorker<SqliteHandle>;
  readonly #operations: SagaOperations<SqliteHandle>;
  readonly #inbox: Inbox<SqliteHandle>;

  constructor(world: World, db: SimulatedSqlite) {
    const transactions = db.runner();
    const outboxStore = new SqliteOutboxStore({ database: db.database() });
    this.#world = world;
    this.#transactions = transactions;
    this.#outbox = new Outbox({ store: outboxStore, transactions, source: '/orders' });
    this.#runtime = new SagaRuntime({
      definitions: [orderSaga],
      store: new SqliteSagaStore(),
      transactions,
      outbox: this.#outbox,
      onEvent: (event) =>
        world.see(event.type === 'transition' ? `${event.from ?? 'nothing'} to ${event.to}` : event.type),
    });
    this.#operations = new SagaOperations({ runtime: this.#runtime });
    this.#worker = new SagaWorker({
      runtime: this.#runtime,
      leases: new SqliteLeaseStore({ database: db.database() }),
      leaseMs: 1_500,
      pollMs: 500,
      retryMinMs: 100,
    });
    this.#inbox = new Inbox({
      consumer: 'orders',
      store: new SqliteInboxStore(),
      transactions,
      events: this.#runtime.events,
      // Here processes are killed again and again, and no message is to blame for it.
      maxUnfinished: 1_000,
    });
    this.#worker.start();
  }

  /** Once for each order. */
  place(orderId: string): Promise<void> {
    return this.#transactions.transaction(async (tx) => {
      if (tx.prepare('insert into placed values (?) on conflict do nothing').run(orderId).changes === 0) return;
      const order = { orderId, customer: 'ada', amount: 500, sku: 'tea', quantity: 2 };
      // S7: whoever sends it sends it twice now and then.
      const times = this.#world.random.next() < 0.3 ? 2 : 1;
      await this.#outbox.send(
        tx,
        Array.from({ length: times }, () => orderPlaced(order)),
      );
    });
  }

  handle(envelope: Envelope, delivery: { readonly attempt: number; readonly signal?: AbortSignal }) {
    return this.#inbox.handle(envelope, this.#runtime.work, delivery);
  }

  /** What a person does who looks after what needs one. */
  async lookAfter(): Promise<void> {
    const { instances } = await this.#operations.list({ saga: 'order', kinds: ['attention'] });
    for (const { key, state } of instances) {
      this.#world.see(`a person looks at ${state}`);
      const action = state === 'compensation_failed' ? 'resume' : 'retry';
      await this.#operations.act({ saga: 'order', key }, { action, actor: 'ada', reason: 'looked' });
    }
  }

  async stop(): Promise<void> {
    await this.#worker.stop();
    await this.#inbox.upkeep.reportProgress();
  }
}
